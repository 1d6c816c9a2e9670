"""What each column means: kind, how its missing values are replaced, how it is scaled or looked up; and the label.

The rules that follow from a schema are the same in the Spark kernels, in the TensorFlow graph and at predict:

- *Missing* is a null token, a null, an absent key, NaN, an infinity (a number that float32 cannot hold), or empty text.
- A *numeric* value x becomes float32(float64(x)); a missing one becomes the fill value; then (x - center) / divisor.
- A *categorical* value becomes an id: 0 missing, 1..k out of vocabulary, then tokens by descending count, ties by bytes.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.frozen import Frozen

ValueType = Literal["int64", "float64", "bytes"]
Records = Literal["none", "raw", "transformed"]
Layout = Literal["columns", "packed"]
SplitName = Literal["train", "validation", "test"]

SPLIT_NAMES: tuple[SplitName, ...] = ("train", "validation", "test")
MISSING_ID = 0
"""The category id of a missing value."""


class Column(Frozen):
    """What features of every kind have."""

    null_values: Annotated[
        list[str],
        Field(
            description="Spellings of a missing value in this column, besides those of the source. For a numeric feature, one "
            "that is a number (-999) means every value equal to it, in files of any format."
        ),
    ] = []


class Numeric(Column):
    """A number. Missing values are replaced by the training split's mean."""

    kind: Literal["numeric"] = "numeric"
    dtype: Annotated[
        Literal["int64", "float64"] | None, Field(description="How the column is read and recorded. Default: inferred.")
    ] = None
    impute: Annotated[Literal["mean"], Field(description="What stands in for a missing value.")] = "mean"
    indicator: Annotated[bool, Field(description="Adds an input that is 1 where the value was missing, else 0.")] = (
        False
    )
    scale: Annotated[
        Literal["standard", "none"],
        Field(description="`standard`: subtract the training split's mean, divide by its standard deviation."),
    ] = "standard"


class Categorical(Column):
    """A token of any bytes, looked up in the training split's vocabulary."""

    kind: Literal["categorical"] = "categorical"
    min_count: Annotated[int, Field(ge=1, description="Rarer tokens are out of vocabulary.")] = 1
    max_size: Annotated[int | None, Field(ge=1, description="Keep at most this many tokens, the most frequent.")] = None

    @property
    def first_token_id(self) -> int:
        """Ids below this one: missing, then the out-of-vocabulary bucket."""
        return 2


Feature = Annotated[Numeric | Categorical, Field(discriminator="kind")]


class Label(Frozen):
    """What is predicted: a column, or a Spark SQL expression over the source's columns."""

    column: Annotated[
        str | None, Field(min_length=1, description="A column that holds the label.", examples=["late"])
    ] = None
    expression: Annotated[
        str | None,
        Field(min_length=1, description="A Spark SQL expression; null means no label.", examples=["arr_delay > 15"]),
    ] = None
    kind: Annotated[Literal["binary"], Field(description="`binary`: 0 or 1, false or true.")] = "binary"

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.column is None) == (self.expression is None):
            raise ValueError("exactly one of column and expression must be given")
        return self

    @property
    def name(self) -> str:
        """What the label is called in records: its column's name, else `label`."""
        return self.column or "label"


def indicator_name(feature: str) -> str:
    """What the 0/1 input for a missing `feature` is called in the `columns` layout of transformed records."""
    return f"{feature}:missing"


class Schema(Frozen):
    """Every feature in the order of the model's inputs, and the label.

    Raises `ValueError` when there is no feature, when a numeric one has no dtype, or when the label is also a feature.
    """

    features: dict[str, Feature]
    label: Label
    null_tokens: Annotated[list[str], Field(description="Spellings of a missing value in text.")] = [""]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.features:
            raise ValueError("features must name at least one column. Received: none")
        untyped = [name for name, feature in self.numeric.items() if feature.dtype is None]
        if untyped:
            raise ValueError(f"numeric features need a dtype at rest. Received none for: {', '.join(untyped)}")
        names = [*self.features, self.label.name, *map(indicator_name, self.indicators)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                "features, the label (`label`, where it is an expression) and indicators (`feature:missing`) need names "
                f"of their own; exclude or rename a column. Received twice: {', '.join(map(repr, twice))}"
            )
        return self

    @property
    def numeric(self) -> dict[str, Numeric]:
        """The numeric features, in order."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Numeric)}

    @property
    def categorical(self) -> dict[str, Categorical]:
        """The categorical features, in order."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Categorical)}

    @property
    def null_values(self) -> dict[str, list[str]]:
        """The features' own spellings of a missing value, of those that have any."""
        return {name: feature.null_values for name, feature in self.features.items() if feature.null_values}

    @property
    def indicators(self) -> list[str]:
        """The numeric features that have an indicator, in order."""
        return [name for name, feature in self.numeric.items() if feature.indicator]

    def fingerprint(self) -> str:
        """SHA-256, in hex, of the canonical JSON: equal schemas have equal fingerprints, and order counts."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
