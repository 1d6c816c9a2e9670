"""Numeric parameters of every feature, from schema and statistics: computed once for Spark and the graph, against skew.

The Spark kernels (`preprocessing.feature_kinds`) and the graph (`modeling.layers`) compute for each number x

    x32     = float32(float64(x))                      missing where it is NaN or infinite
    filled  = fill if x32 is missing else x32
    clipped = min(max(filled, low), high)              where the feature is clipped
    d       = float64(clipped)
    d       = sign(d) * ln(1 + |d|)                    with scale log1p
    scaled  = (d - center) / divisor                   min(max(scaled, -bound), bound) where there is a bound
    input   = float32(scaled)                          0 where x32 is missing and there is no fill

and for a bucketized one, with subnormal float32s flushed to 0,

    id      = 0 if x32 is missing and there is no fill, else 1 + (number of bounds that are <= filled)

`fill`, `low`, `high` and the bounds of buckets are float32s; center, divisor and the bound of an input are doubles. That bound is
the largest magnitude in the training split, at least `LEAST_BOUND`: it moves no value that a network learns from, and keeps it
from numbers whose products no float32 can hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.features import FIRST_ID, Numeric
from contracts.input_rules.constant_numbers import is_constant, is_constant_indicator
from contracts.input_rules.numeric import (
    LEAST_BOUND,
    SMALLEST_DIVISOR,
    BucketInput,
    NumericInput,
    number_rule,
    signed_log1p,
)
from contracts.input_rules.spreads import NumberSpread, number_spreads
from contracts.schema import Schema
from contracts.statistics import Statistics

__all__ = [
    "LEAST_BOUND",
    "SMALLEST_DIVISOR",
    "BucketInput",
    "NumberRules",
    "NumberSpread",
    "NumericInput",
    "constant_inputs",
    "id_sizes",
    "number_rules",
    "number_spreads",
    "signed_log1p",
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
    rules = [
        number_rule(name, feature, statistics.numeric(name), bounded=statistics.has_bounds)
        for name, feature in schema.of_kind(Numeric).items()
    ]
    return NumberRules(
        tuple(rule for rule in rules if isinstance(rule, NumericInput)),
        tuple(rule for rule in rules if isinstance(rule, BucketInput)),
    )


def id_sizes(schema: Schema, buckets: Sequence[BucketInput], vocabularies: Mapping[str, int]) -> list[int]:
    """Return the number of ids of each of `schema.id_inputs`, including 0 for missing. `vocabularies`: token counts."""
    bucketized = {rule.feature: rule.size for rule in buckets}
    sizes = {name: feature.id_sizes(name, vocabularies, bucketized) for name, feature in schema.by_kind()}
    bags = schema.bags  # once: it looks at each feature
    single = [size for name, own in sizes.items() if name not in bags for size in own]
    return [
        *single,
        *(FIRST_ID + cross.buckets for cross in schema.crosses),
        *(size for name in bags for size in sizes[name]),
    ]


def constant_inputs(schema: Schema, statistics: Statistics, *, masked: bool) -> list[str]:
    """Return those of `schema.number_inputs` that are the same in every training row. `masked`: true with feature masking."""
    scaled = {rule.feature: rule for rule in number_rules(schema, statistics).scaled}
    constant: set[str] = set()
    for name, feature in schema.of_kind(Numeric).items():
        if name in scaled and is_constant(scaled[name], feature, statistics.numeric(name)):
            constant.update(feature.number_inputs(name))
        if is_constant_indicator(statistics.numeric(name), masked=masked):
            constant.update(feature.indicator_inputs(name))
    return [name for name in schema.number_inputs if name in constant]
