"""Numeric features: a number that is imputed, clipped and scaled, or put into buckets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from contracts.base_model import FrozenModel
from contracts.features.base import ColumnFeature, ColumnType, Conflict, ValueType
from contracts.features.float32 import LARGEST_FLOAT32, float32
from contracts.features.sequences.number_lists import NumberList
from contracts.features.sequences.vectors import Shape
from contracts.features.text_rules import TextRule

Impute = Literal["mean", "median", "none"]
Scale = Literal["standard", "minmax", "log1p", "none"]


class Constant(FrozenModel):
    """A fill value chosen by the user."""

    constant: Annotated[float, Field(ge=-LARGEST_FLOAT32, le=LARGEST_FLOAT32, description="In the column's own units.")]


class Bucketize(FrozenModel):
    """A number becomes the id of the bucket that it falls into: 1 below the first bound, 2 from it on, and so on."""

    quantiles: Annotated[
        int | None,
        Field(
            ge=2,
            le=1000,
            description="Number of buckets with about equally many training rows; fewer where one value is frequent.",
        ),
    ] = None
    bounds: Annotated[
        list[Annotated[float, Field(ge=-LARGEST_FLOAT32, le=LARGEST_FLOAT32)]] | None,
        Field(
            min_length=1,
            max_length=10_000,
            description="Ascending. A number that equals a bound is in the bucket above it.",
            examples=[[0, 18, 65]],
        ),
    ] = None

    @field_validator("bounds")
    @classmethod
    def _ascending(cls, bounds: list[float] | None) -> list[float] | None:
        if bounds is not None and any(float32(low) >= float32(high) for low, high in pairwise(bounds)):
            raise ValueError(f"bounds must ascend, and differ as float32. Received: {bounds[:20]}")
        return bounds

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.quantiles is None) == (self.bounds is None):
            raise ValueError("exactly one of quantiles and bounds must be given")
        return self


def indicator_name(feature: str) -> str:
    """Return the name of the 0/1 input for a missing `feature`, which is also its name in transformed `columns` records."""
    return f"{feature}:missing"


class Numeric(ColumnFeature):
    """A number: filled in, clipped and scaled, in this order; or put into buckets, each of which is a category."""

    column_type: ClassVar[ColumnType] = "number"
    later_fields: ClassVar[frozenset[str]] = frozenset(
        {"prefix", "suffix", "decimal_point", "thousands_separator", "shape", "many"}
    )

    kind: Literal["numeric"] = "numeric"
    dtype: Annotated[
        Literal["int64", "float64"] | None, Field(description="How the column is read and recorded. Default: inferred.")
    ] = None
    shape: Annotated[
        Shape | None,
        Field(
            description="Set in a request where a value is a vector, a list of exactly that number of numbers: `[16]`. Each "
            "element becomes a feature with these options, `column[0]` and so on, read as float64 unless `dtype` is given. Null: "
            "a value is one number.",
            examples=[[16]],
        ),
    ] = None
    many: Annotated[
        NumberList | None,
        Field(
            description="Set in a request where a value is a list of any number of numbers: its `statistics` become features "
            "with these options. Null: a value is one number."
        ),
    ] = None
    prefix: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=20,
            description="Text that may stand before a number, with spaces after it, in files and at predict: `$` in $12.",
            examples=["$"],
        ),
    ] = None
    suffix: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=20,
            description="Text that may stand after a number, with spaces before it, in files and at predict: `%` in 12 %.",
            examples=["%", "€"],
        ),
    ] = None
    decimal_point: Annotated[
        str | None, Field(description="One character, in files and at predict. Default: the source's.", examples=[","])
    ] = None
    thousands_separator: Annotated[
        str | None,
        Field(
            description="One character between groups of digits, in files and at predict. Default: the source's.",
            examples=["."],
        ),
    ] = None
    bucketize: Annotated[
        Bucketize | None,
        Field(
            description="The bucket's id replaces the number as the model's input: 0 where the value is missing, unless `impute` "
            "fills it in first. `impute` and `scale` then default to `none`."
        ),
    ] = None
    indicator: Annotated[
        bool | None,
        Field(
            description="Adds an input that is 1 where the value was missing, else 0. Default: true, unless it is bucketized."
        ),
    ] = None
    impute: Annotated[
        Impute | Constant,
        Field(
            description="Imputation of a missing value, before it is clipped and scaled: the training split's `mean` or "
            '`median`, or `{"constant": x}`. `none`: the model\'s input is 0 after scaling, which only an `indicator` '
            "distinguishes from a value, so one is required.",
            examples=["mean", {"constant": -1}],
        ),
    ] = "mean"
    clip: Annotated[
        list[Annotated[float, Field(ge=0, le=1)]] | None,
        Field(
            min_length=2,
            max_length=2,
            description="Two quantiles of the training split; values outside them are replaced by the nearer one.",
            examples=[[0.01, 0.99]],
        ),
    ] = None
    scale: Annotated[
        Scale,
        Field(
            description="`standard`: subtract the training split's mean, divide by its standard deviation. `minmax`: from its "
            "smallest value, 0, to its largest, 1. `log1p`: sign(x)·ln(1 + |x|), then standard. All are computed on the "
            "clipped values, if there is a `clip`."
        ),
    ] = "standard"

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_buckets(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("bucketize") is not None:
            return {"impute": "none", "scale": "none", **data}
        return data

    @model_validator(mode="after")
    def _lists_have_plain_numbers(self) -> Self:
        if self.many is None:
            return self
        for option in ("shape", "dtype", "prefix", "suffix", "decimal_point", "thousands_separator", "null_values"):
            if getattr(self, option):
                raise ValueError(f"{option} is of single numbers; with many, leave it out")
        return self

    @field_validator("impute")
    @classmethod
    def _missing_is_distinguishable(cls, impute: Impute | Constant, info: ValidationInfo) -> Impute | Constant:
        if impute == "none" and info.data.get("bucketize") is None and info.data.get("indicator") is False:
            raise ValueError(
                "impute none needs an indicator or bucketize: without one, a missing value and a value that scales to 0 "
                "look alike to the model. Leave indicator out, or give another impute"
            )
        return impute

    @field_validator("clip")
    @classmethod
    def _low_before_high(cls, clip: list[float] | None, info: ValidationInfo) -> list[float] | None:
        if clip is None:
            return clip
        if info.data.get("bucketize") is not None:
            raise ValueError("clip has no effect with bucketize: the lowest and the highest bucket are unbounded")
        if clip[0] >= clip[1]:
            raise ValueError(f"the first quantile must be below the second. Received: {clip}")
        return clip

    @field_validator("scale")
    @classmethod
    def _buckets_have_no_scale(cls, scale: Scale, info: ValidationInfo) -> Scale:
        if scale != "none" and info.data.get("bucketize") is not None:
            raise ValueError("scale must be none (or left out) with bucketize: the bucket's id is the model's input")
        return scale

    @field_validator("prefix", "suffix")
    @classmethod
    def _no_part_of_a_number(cls, affix: str | None) -> str | None:
        if affix is not None and (affix != affix.strip() or set(affix) & set("0123456789+-\r\n\0")):
            raise ValueError(f"must be text without digits, signs, and spaces around it. Received: {affix!r}")
        return affix

    @field_validator("decimal_point", "thousands_separator")
    @classmethod
    def _one_mark(cls, mark: str | None, info: ValidationInfo) -> str | None:
        if mark is not None and info.field_name == "decimal_point" and not mark.isascii():
            raise ValueError(f"must be one ASCII character. Received: {mark!r}")
        if mark is not None and (len(mark) != 1 or mark in "\r\n\0+-" or mark.isalnum()):
            raise ValueError(
                f"must be one character that is not a digit, letter, sign or line break. Received: {mark!r}"
            )
        return mark

    @property
    def text_rule(self) -> TextRule | None:
        """Return the affixes and marks of the numbers; None if they have none of their own."""
        rule = TextRule(self.prefix, self.suffix, self.decimal_point, self.thousands_separator)
        return None if rule == TextRule() else rule

    @property
    def value_type(self) -> ValueType:
        """Return `dtype`, or float64 if it is not set."""
        return self.dtype or "float64"

    def with_type(self, column: ValueType, decimal_point: str = ".") -> Self:
        """Return the feature with the column's type if it has no dtype; a column of text is read as float64."""
        del decimal_point
        if self.dtype is not None:
            return self
        return self.model_copy(update={"dtype": "float64" if column == "bytes" else column})

    def conflicts(self, nulls: Collection[str]) -> Iterator[Conflict]:
        """Yield a conflict if there is no dtype yet, for a shape, and if both marks of numbers are one character."""
        del nulls
        if self.shape is not None:
            yield Conflict(("shape",), "a vector is stored as a numeric feature for each element")
        if self.many is not None:
            yield Conflict(("many",), "a list of numbers is stored as a numeric feature for each statistic")
        if self.decimal_point is not None and self.decimal_point == self.thousands_separator:
            yield Conflict(
                ("thousands_separator",),
                f"thousands_separator and decimal_point must differ. Received: {self.thousands_separator!r} for both",
            )
        if self.dtype is None:
            yield Conflict(("dtype",), "a stored numeric feature needs a dtype. Received none")

    def number_inputs(self, name: str) -> list[str]:
        """Return the feature's own name, unless its bucket is the input."""
        return [] if self.bucketize is not None else [name]

    def indicator_inputs(self, name: str) -> list[str]:
        """Return the indicator's name, if there is one."""
        return [indicator_name(name)] if self.indicator else []

    def id_inputs(self, name: str) -> list[str]:
        """Return the feature's own name where its bucket is the input."""
        return [name] if self.bucketize is not None else []

    def with_indicator(self, *, possible: bool) -> Numeric:
        """Return the feature as stored in a manifest: with an indicator by default where one is `possible`, unless bucketized."""
        if self.indicator is not None:
            return self
        return self.model_copy(update={"indicator": self.bucketize is None and (possible or self.impute == "none")})

    @property
    def limits_extremes(self) -> bool:
        """Return true if the number is clipped, bucketized or scaled by its logarithm."""
        return self.clip is not None or self.bucketize is not None or self.scale == "log1p"

    def id_sizes(self, name: str, vocabularies: Mapping[str, int], buckets: Mapping[str, int]) -> list[int]:
        """Return the buckets of the rule where one is the input."""
        del vocabularies
        return [buckets[name]] if self.bucketize is not None else []

    @property
    def wanted_quantiles(self) -> list[float]:
        """Return the probabilities of the median, of the clip and between buckets, as far as the rule needs them."""
        shares: set[float] = set()
        if self.impute == "median":
            shares.add(0.5)
        if self.clip is not None:
            shares.update(self.clip)
        if self.bucketize is not None and self.bucketize.quantiles is not None:
            shares.update(inner_shares(self.bucketize.quantiles))
        return sorted(shares)


def inner_shares(buckets: int) -> list[float]:
    """Return the probabilities that divide values into that many equally frequent buckets.

    >>> inner_shares(4)
    [0.25, 0.5, 0.75]
    """
    return [inner / buckets for inner in range(1, buckets)]
