"""What a column can be to a model: a number, a token with a vocabulary, a hashed token; and crosses of two tokens.

What each of them comes to, number by number, is `contracts.input_rules`. Nothing here knows the data.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from contracts.base_model import Frozen

MISSING_ID = 0
"""The category id of a missing value."""

FIRST_ID = 1
"""The category id of the first bucket: of tokens out of vocabulary, of hashes, of a number's lowest bucket."""

MOST_BUCKETS = 2_000_000_000
"""Ids fit int32, with the missing one."""

Impute = Literal["mean", "median", "none"]
Scale = Literal["standard", "minmax", "log1p", "none"]

Buckets = Annotated[int, Field(ge=1, le=MOST_BUCKETS)]

_LARGEST_FLOAT32 = 3.4028234663852886e38


def float32(value: float) -> float:
    """The nearest float32, as a double; one too large becomes the largest, and what is below the smallest normal one 0.

    TensorFlow takes subnormal numbers as 0 on some threads and not on others, so that no rule may depend on them.

    >>> float32(0.1), float32(1e300), float32(1e-40)
    (0.10000000149011612, 3.4028234663852886e+38, 0.0)
    """
    bounded = min(max(value, -_LARGEST_FLOAT32), _LARGEST_FLOAT32)
    rounded: float = struct.unpack("<f", struct.pack("<f", bounded))[0]
    return rounded if abs(rounded) >= 2.0**-126 else 0.0


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class Constant(Frozen):
    """A fill value of the person's own."""

    constant: Annotated[
        float, Field(ge=-_LARGEST_FLOAT32, le=_LARGEST_FLOAT32, description="In the column's own units.")
    ]


class Bucketize(Frozen):
    """A number becomes the id of the bucket that it falls into: 1 below the first bound, 2 from it on, and so on."""

    quantiles: Annotated[
        int | None,
        Field(
            ge=2,
            le=1000,
            description="So many buckets of about equally many training rows; fewer where the same value is many of them.",
        ),
    ] = None
    bounds: Annotated[
        list[Annotated[float, Field(ge=-_LARGEST_FLOAT32, le=_LARGEST_FLOAT32)]] | None,
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


class Column(Frozen):
    """What features of every kind have."""

    null_values: Annotated[
        list[str],
        Field(
            description="Spellings of a missing value in this column, besides those of the source. For a numeric feature, one "
            "that is a number (-999) means every value equal to it as a float32, in files of any format and at predict."
        ),
    ] = []


def null_numbers(tokens: Iterable[str]) -> list[float]:
    """The numbers among some spellings of missing, as float32s. Those that float32 cannot hold are missing in any case.

    >>> null_numbers(["NA", "-999", "1e400", "0.1"])
    [-999.0, 0.10000000149011612]
    """
    found: list[float] = []
    for token in tokens:
        try:
            number = float(token)
        except ValueError:
            continue
        rounded = float32(number) if abs(number) <= _LARGEST_FLOAT32 else math.nan
        if rounded or number == 0:
            found.append(rounded)
    return [number for number in found if not math.isnan(number)]


class Numeric(Column):
    """A number: filled in, clipped and scaled, in this order; or put into buckets, each of which is a category."""

    kind: Literal["numeric"] = "numeric"
    dtype: Annotated[
        Literal["int64", "float64"] | None, Field(description="How the column is read and recorded. Default: inferred.")
    ] = None
    bucketize: Annotated[
        Bucketize | None,
        Field(
            description="The bucket's id is the model's input, in place of the number: 0 where it is missing, unless `impute` "
            "is asked to fill it in before. `impute` and `scale` are `none` by default then."
        ),
    ] = None
    indicator: Annotated[bool, Field(description="Adds an input that is 1 where the value was missing, else 0.")] = (
        False
    )
    impute: Annotated[
        Impute | Constant,
        Field(
            description="What stands in for a missing value, before it is clipped and scaled: the training split's `mean` or "
            '`median`, or `{"constant": x}`. `none`: the model\'s input is 0 after scaling, which only an `indicator` can tell '
            "from a value, so one is needed.",
            examples=["mean", {"constant": -1}],
        ),
    ] = "mean"
    clip: Annotated[
        list[Annotated[float, Field(ge=0, le=1)]] | None,
        Field(
            min_length=2,
            max_length=2,
            description="Two quantiles of the training split: what lies outside becomes the nearer of them.",
            examples=[[0.01, 0.99]],
        ),
    ] = None
    scale: Annotated[
        Scale,
        Field(
            description="`standard`: subtract the training split's mean, divide by its standard deviation. `minmax`: from its "
            "smallest value, 0, to its largest, 1. `log1p`: sign(x)·ln(1 + |x|), then standard. All of them of the clipped "
            "values, where there is a `clip`."
        ),
    ] = "standard"

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_buckets(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("bucketize") is not None:
            return {"impute": "none", "scale": "none", **data}
        return data

    @field_validator("impute")
    @classmethod
    def _missing_can_be_told(cls, impute: Impute | Constant, info: ValidationInfo) -> Impute | Constant:
        if impute == "none" and info.data.get("bucketize") is None and not info.data.get("indicator", False):
            raise ValueError(
                "impute none needs an indicator or bucketize: a number must go into the model, and 0 alone would say that "
                "a missing value is a value. Give indicator: true, or another impute"
            )
        return impute

    @field_validator("clip")
    @classmethod
    def _low_before_high(cls, clip: list[float] | None, info: ValidationInfo) -> list[float] | None:
        if clip is None:
            return clip
        if info.data.get("bucketize") is not None:
            raise ValueError("clip changes nothing with bucketize: the lowest and the highest bucket have no end")
        if clip[0] >= clip[1]:
            raise ValueError(f"the first quantile must be below the second. Received: {clip}")
        return clip

    @field_validator("scale")
    @classmethod
    def _buckets_have_no_scale(cls, scale: Scale, info: ValidationInfo) -> Scale:
        if scale != "none" and info.data.get("bucketize") is not None:
            raise ValueError("scale must be none (or left out) with bucketize: the bucket's id is the model's input")
        return scale


class Categorical(Column):
    """A token of any bytes, looked up in the training split's vocabulary."""

    kind: Literal["categorical"] = "categorical"
    min_count: Annotated[int, Field(ge=1, description="Rarer tokens are out of vocabulary.")] = 1
    reserved: Annotated[
        list[Annotated[str, Field(min_length=1)]],
        Field(
            description="Tokens that have the first ids, in this order, however often they occur, even never.",
            examples=[["UA", "AA"]],
        ),
    ] = []
    max_size: Annotated[
        int | None, Field(ge=1, description="Keep at most this many tokens: the reserved ones, then the most frequent.")
    ] = None
    oov_buckets: Annotated[
        Buckets,
        Field(description="Ids for tokens out of vocabulary: 1 + FarmHash Fingerprint64(token) mod this."),
    ] = 1

    @field_validator("reserved")
    @classmethod
    def _distinct(cls, reserved: list[str]) -> list[str]:
        twice = sorted({token for token in reserved if reserved.count(token) > 1})
        if twice:
            raise ValueError(f"reserved tokens must be distinct. Received twice: {', '.join(map(repr, twice))}")
        return reserved

    @field_validator("max_size")
    @classmethod
    def _holds_the_reserved(cls, size: int | None, info: ValidationInfo) -> int | None:
        reserved = len(info.data.get("reserved", []))
        if size is not None and size < reserved:
            raise ValueError(f"max_size must hold the {reserved} reserved tokens. Received: {size}")
        return size

    @property
    def first_token_id(self) -> int:
        """Ids below this one: missing, then the out-of-vocabulary buckets."""
        return FIRST_ID + self.oov_buckets


class Hashed(Column):
    """A token of any bytes that needs no vocabulary: its id is 1 + FarmHash Fingerprint64(token) mod `buckets`, or 0."""

    kind: Literal["hashed"] = "hashed"
    buckets: Annotated[Buckets, Field(description="Different tokens may share one.", examples=[1000])]


Feature = Annotated[Numeric | Categorical | Hashed, Field(discriminator="kind")]


class Cross(Frozen):
    """Two tokens as one: every pair has an id of its own, but for hash collisions; 0 where either is missing.

    The id of the tokens a and b is 1 + FarmHash Fingerprint64(j) mod `buckets`, where j is the number of bytes of a in
    decimal, a colon, a, and b: no two pairs have the same j.
    """

    features: Annotated[
        list[str], Field(min_length=2, max_length=2, description="Two categorical or hashed features, in this order.")
    ]
    buckets: Annotated[Buckets, Field(examples=[10_000])]
    name: Annotated[
        str,
        Field(
            min_length=1,
            description="What the input is called. Default: `a_x_b`.",
            json_schema_extra=_without_default,
        ),
    ] = ""

    @model_validator(mode="before")
    @classmethod
    def _default_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and "name" not in data and isinstance(data.get("features"), list):
            return {**data, "name": "_x_".join(map(str, data["features"]))}
        return data

    @field_validator("features")
    @classmethod
    def _two(cls, features: list[str]) -> list[str]:
        if features[0] == features[1]:
            raise ValueError(f"a feature cannot be crossed with itself. Received: {features}")
        return features
