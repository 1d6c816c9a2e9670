"""Numbers: filled in, clipped and scaled, or put into buckets."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from contracts.errors import InvalidRequest, pointer
from contracts.features import Constant, Numeric, null_numbers
from contracts.input_rules import BucketInput, NumericInput, number_rules
from contracts.schema import Schema
from contracts.statistics import NumericStatistics, Statistics
from contracts.validation.invalid_fields import invalid_fields
from modeling.feature_kinds.base import FeatureKind, Json, ModelInputIds, Noteworthy
from modeling.feature_kinds.display import missing_spellings, number_text
from modeling.feature_kinds.raw_values import RawRows
from sources.arrays import Array, Bools

_Rule = NumericInput | BucketInput
_LARGEST_LOG = 700.0
"""The exponential of more would be no double."""
_ROUNDING = 1e-9
"""Share of a bound that is the rounding of logarithms: the training split's own extremes are not beyond it."""


class NumericFeatures(FeatureKind[Numeric]):
    """The numeric features of a schema. Missing: NaN, an infinity, or one of the column's own numbers for it."""

    drift = "numbers"

    def __init__(self, schema: Schema, features: Mapping[str, Numeric]) -> None:
        super().__init__(schema, features)
        self._names = list(features)
        self._null_numbers = {
            column: np.array(numbers, np.float32)
            for column, feature in enumerate(features.values())
            if (numbers := null_numbers(feature.null_values))
        }

    def missing(self, values: Array) -> Bools:
        """Return which values are missing: bool [rows, features] from float32 [rows, features]."""
        missing = ~np.isfinite(values)
        for column, numbers in self._null_numbers.items():
            missing[:, column] |= np.isin(values[:, column], numbers)
        return missing

    def json_schemas(self, statistics: Statistics | None) -> dict[str, Json]:
        """Return numbers or null, with range, quartiles and fill value."""
        rules = {} if statistics is None else _rules(self.schema, statistics)
        schemas: dict[str, Json] = {}
        for name, feature in self.features.items():
            in_training = None if statistics is None else statistics.splits["train"].features.get(name)
            numbers = in_training if isinstance(in_training, NumericStatistics) else None
            schemas[name] = _json_schema(feature, numbers, rules.get(name), self.schema.nulls_of(name))
        return schemas

    def explain(self, rows: RawRows, ids: ModelInputIds, statistics: Statistics) -> Iterator[Noteworthy]:
        """Yield the values that were missing, outside the training split's range, clipped, or bounded after scaling."""
        del ids
        rules = _rules(self.schema, statistics)
        matrix = rows.numbers(self._names)
        for column, (name, missing) in enumerate(zip(self._names, self.missing(matrix).T, strict=True)):
            yield from _explain(name, matrix[:, column], missing, rules[name], statistics.numeric(name))

    def count_imputed(self, rows: RawRows, ids: ModelInputIds) -> dict[str, int]:
        """Return how many values are missing."""
        del ids
        counts = self.missing(rows.numbers(self._names)).sum(axis=0)
        return dict(zip(self._names, map(int, counts), strict=True))

    def count_out_of_vocabulary(self, ids: ModelInputIds) -> dict[str, int]:
        """Return nothing: a number has no vocabulary."""
        del ids
        return {}

    def logged(self, rows: RawRows, redacted: Collection[str]) -> dict[str, pa.Array]:
        """Return columns of float32."""
        matrix = rows.numbers(self._names)
        missing = self.missing(matrix)
        return {
            name: pa.array(matrix[:, column], pa.float32(), mask=missing[:, column])
            for column, name in enumerate(self._names)
            if name not in redacted
        }

    def overridden(self, name: str, given: Mapping[str, Any]) -> Numeric:
        """Return the number with other imputation, clipping, scaling, buckets or indicator."""
        kept = self.features[name].model_dump()
        if given.get("bucketize") is not None:
            kept = {field: value for field, value in kept.items() if field not in {"impute", "clip", "scale"}}
        try:
            return Numeric.model_validate({**kept, **given})
        except ValidationError as error:
            first = invalid_fields(error.errors(), Numeric, {**kept, **given})[0]
            field = [part for part in first.path[:1] if part in given]
            raise InvalidRequest(f"{name!r}: {first.detail}", pointer=pointer("features", name, *field)) from error


def _rules(schema: Schema, statistics: Statistics) -> dict[str, _Rule]:
    rules = number_rules(schema, statistics)
    return {rule.feature: rule for rule in (*rules.scaled, *rules.buckets)}


def _explain(
    name: str, values: Array, missing: Array, rule: _Rule, in_training: NumericStatistics
) -> Iterator[Noteworthy]:
    filled = values if rule.fill is None else np.where(missing, np.float32(rule.fill), values)
    low, high = _limits(in_training)
    outside = ~missing & ((values < low) | (values > high))
    used = filled
    if isinstance(rule, NumericInput) and rule.low is not None and rule.high is not None:
        used = np.minimum(np.maximum(filled, np.float32(rule.low)), np.float32(rule.high))
    clipped = (used != filled) & ~(np.isnan(used) | np.isnan(filled))
    bounded = np.zeros(len(values), np.bool_)
    if isinstance(rule, NumericInput) and rule.bound is not None:
        bounded = np.abs(_scaled(used, rule)) > rule.bound * (1 + _ROUNDING)
        low_used, high_used = _used_limits(rule, rule.bound)
        used = np.where(bounded, np.clip(used.astype(np.float64), low_used, high_used), used)
    reasons = {"missing": missing, "outside_training_range": outside, "clipped": clipped, "bounded": bounded}
    for row in np.flatnonzero(missing | outside | clipped | bounded).tolist():
        entry: Json = {
            "reasons": [reason for reason, holds in reasons.items() if holds[row]],
            "value": None if missing[row] else float(values[row]),
            "used": None if missing[row] and rule.fill is None else float(used[row]),
        }
        if outside[row]:
            entry["training_range"] = [float(low), float(high)]
        yield Noteworthy(row, name, entry)


def _scaled(values: Array, rule: NumericInput) -> Array:
    """Return values as the model scales them, before they are bounded."""
    doubles = values.astype(np.float64)
    numbers = np.copysign(np.log1p(np.abs(doubles)), doubles) if rule.log else doubles
    return (numbers - rule.center) / rule.divisor


def _used_limits(rule: NumericInput, bound: float) -> tuple[float, float]:
    """Return the smallest and the largest value that the model tells from those beyond: inputs are bounded after scaling."""
    limits = [rule.center - bound * rule.divisor, rule.center + bound * rule.divisor]
    if rule.log:  # of a logarithm, a hundred deviations may be more than any double
        limits = [math.copysign(math.expm1(min(abs(limit), _LARGEST_LOG)), limit) for limit in limits]
    return limits[0], limits[1]


def _limits(in_training: NumericStatistics) -> tuple[np.float32, np.float32]:
    """Return the training split's smallest and largest value, without a limit where it had none."""
    if in_training.min is None or in_training.max is None:
        return np.float32(-np.inf), np.float32(np.inf)
    with np.errstate(over="ignore"):
        return np.float32(in_training.min), np.float32(in_training.max)


def _json_schema(feature: Numeric, in_training: NumericStatistics | None, rule: _Rule | None, nulls: list[str]) -> Json:
    words = ["A whole number." if feature.dtype == "int64" else "A number."]
    example: float | None = None
    if in_training is not None and in_training.count:
        words.append(_range(in_training))
        example = in_training.median if in_training.median is not None else in_training.mean
    elif in_training is not None:
        words.append("Without a value in training.")
    words += [missing_spellings(in_training, nulls), _filled(feature, rule)]
    if isinstance(rule, NumericInput) and rule.low is not None and rule.high is not None:
        words.append(f"Clipped to {number_text(rule.low)} … {number_text(rule.high)}.")
    if isinstance(rule, BucketInput):
        words.append(f"The model sees which of {len(rule.bounds) + 1} buckets it is in.")
    shown = None if example is None else round(example) if feature.dtype == "int64" else float(f"{example:.6g}")
    return {"type": ["number", "null"], "description": " ".join(words), "examples": [shown]}


def _range(in_training: NumericStatistics) -> str:
    assert in_training.min is not None
    assert in_training.max is not None
    words = f"In training {number_text(in_training.min)} to {number_text(in_training.max)}"
    if in_training.quantiles is not None:
        low, middle, high = (number_text(in_training.quantiles.at(share)) for share in (0.25, 0.5, 0.75))
        words += f", half of them {low} to {high}, median {middle}"
    return f"{words}."


def _filled(feature: Numeric, rule: _Rule | None) -> str:
    """Return the sentence on what a missing value becomes."""
    told = " and its indicator is 1" if feature.indicator else ""
    if feature.impute == "none":
        return f"It has a bucket of its own{told}." if feature.bucketize is not None else f"It stays out{told}."
    by = "the constant" if isinstance(feature.impute, Constant) else f"the {feature.impute} of training"
    value = "" if rule is None or rule.fill is None else f", {number_text(rule.fill)}"
    return f"It becomes {by}{value}{',' if told and value else ''}{told}."
