"""Numeric parameters of every feature, from schema and statistics: computed once for Spark and the graph, against skew.

The Spark kernels (`preprocessing.feature_kinds`) and the graph (`modeling.layers`) compute for each number x

    x32     = float32(float64(x))                      missing where it is NaN or infinite
    filled  = fill if x32 is missing else x32
    clipped = min(max(filled, low), high)              where the feature is clipped
    d       = float64(clipped)
    d       = sign(d) * ln(1 + |d|)                    with scale log1p
    input   = float32((d - center) / divisor)          0 where x32 is missing and there is no fill

and for a bucketized one, with subnormal float32s flushed to 0,

    id      = 0 if x32 is missing and there is no fill, else 1 + (number of bounds that are <= filled)

`fill`, `low`, `high` and the bounds are float32s; center and divisor are doubles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from contracts.features import FIRST_ID, Categorical, Feature, Hashed, Numeric
from contracts.input_rules.numeric import (
    SMALLEST_DIVISOR,
    BucketInput,
    NumericInput,
    number_rule,
    numeric_quantiles,
    signed_log1p,
)
from contracts.schema import Schema
from contracts.statistics import Statistics

__all__ = [
    "SMALLEST_DIVISOR",
    "BucketInput",
    "NumberRules",
    "NumericInput",
    "id_sizes",
    "number_rules",
    "signed_log1p",
    "wanted_quantiles",
]


@dataclass(frozen=True)
class NumberRules:
    """The rules of all numeric features, in the order of the model's inputs."""

    scaled: tuple[NumericInput, ...]
    buckets: tuple[BucketInput, ...]


def number_rules(schema: Schema, statistics: Statistics) -> NumberRules:
    """Return the rules of all numeric features, from the training split.

    Raises `InvalidRequest` if the statistics lack quantiles that a feature needs.
    """
    rules: list[NumericInput | BucketInput] = []
    for name, feature in schema.by_kind():
        match feature:
            case Numeric():
                rules.append(number_rule(name, feature, statistics.numeric(name)))
            case Categorical() | Hashed():
                pass
            case _:
                assert_never(feature)
    return NumberRules(
        tuple(rule for rule in rules if isinstance(rule, NumericInput)),
        tuple(rule for rule in rules if isinstance(rule, BucketInput)),
    )


def wanted_quantiles(feature: Feature) -> list[float]:
    """Return the probabilities whose quantiles the feature's rule needs, ascending. Statistics contain at least these."""
    match feature:
        case Numeric():
            return numeric_quantiles(feature)
        case Categorical() | Hashed():
            return []
        case _:
            assert_never(feature)


def id_sizes(schema: Schema, buckets: Sequence[BucketInput], vocabularies: Mapping[str, int]) -> list[int]:
    """Return the number of ids of each of `schema.id_inputs`, including 0 for missing. `vocabularies`: token counts."""
    bucketized = {rule.feature: rule.size for rule in buckets}
    sizes = [
        size
        for name, feature in schema.by_kind()
        for size in _id_sizes(name, feature, bucketized=bucketized, vocabularies=vocabularies)
    ]
    return [*sizes, *(FIRST_ID + cross.buckets for cross in schema.crosses)]


def _id_sizes(
    name: str, feature: Feature, *, bucketized: Mapping[str, int], vocabularies: Mapping[str, int]
) -> list[int]:
    """Return the sizes of one feature's `id_inputs`."""
    match feature:
        case Categorical():
            return [feature.first_token_id + vocabularies[name]]
        case Hashed():
            return [FIRST_ID + feature.buckets]
        case Numeric():
            return [bucketized[name]] if feature.bucketize is not None else []
        case _:
            assert_never(feature)
