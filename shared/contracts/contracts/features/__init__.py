"""The kinds of features, one module for each, and `Feature`, their union.

A kind implements the interface of `contracts.features.base`: how its column is read, and which model inputs it produces. Rules
that depend on the data as well (fill values, bounds, numbers of ids) are in `contracts.input_rules`.
"""

from __future__ import annotations

from typing import Annotated, Literal, assert_never

from pydantic import Field

from contracts.features.base import ColumnFeature, ColumnType, Conflict, RawType, ValueType
from contracts.features.categorical import Categorical
from contracts.features.crosses import Cross
from contracts.features.datetime import CYCLES, DatePart, DateTime
from contracts.features.float32 import LARGEST_FLOAT32, float32, null_numbers
from contracts.features.hashed import Hashed
from contracts.features.ids import FIRST_ID, MISSING_ID, MOST_BUCKETS, NO_ID, Buckets
from contracts.features.many import EMPTY_LIST, Many
from contracts.features.numeric import Bucketize, Constant, Impute, Numeric, Scale, indicator_name
from contracts.features.text import Text
from contracts.features.text_rules import TextRule
from contracts.features.time_formats import TimeFormat

__all__ = [
    "CYCLES",
    "EMPTY_LIST",
    "FIRST_ID",
    "KINDS",
    "LARGEST_FLOAT32",
    "MISSING_ID",
    "MOST_BUCKETS",
    "NO_ID",
    "Bucketize",
    "Buckets",
    "Categorical",
    "ColumnFeature",
    "ColumnType",
    "Conflict",
    "Constant",
    "Cross",
    "DatePart",
    "DateTime",
    "Feature",
    "FeatureRequest",
    "Hashed",
    "Impute",
    "KindName",
    "Many",
    "Numeric",
    "RawType",
    "Scale",
    "Text",
    "TextRule",
    "TimeFormat",
    "ValueType",
    "default_feature",
    "float32",
    "indicator_name",
    "null_numbers",
]

Feature = Annotated[Numeric | Categorical | Hashed, Field(discriminator="kind")]

FeatureRequest = Annotated[Numeric | Categorical | Hashed | DateTime | Text, Field(discriminator="kind")]
"""A request for a column: a feature, or several that are computed from it."""

KindName = Literal["numeric", "categorical", "hashed"]
"""The `kind` of every `Feature`."""

KINDS: tuple[type[Numeric | Categorical | Hashed], ...] = (Categorical, Hashed, Numeric)
"""Every kind of `Feature`, in the order of their model inputs; stored model versions depend on this order."""


def default_feature(column: ValueType) -> Feature:
    """Return the default feature for a column of this type, used where the request names none."""
    match column:
        case "int64" | "float64":
            return Numeric(dtype=column)
        case "bytes" | "instant":
            return Categorical()
        case _:
            assert_never(column)
