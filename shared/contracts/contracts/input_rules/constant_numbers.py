"""Numeric inputs that are the same in every training row: no value of them can mean anything to a model."""

from __future__ import annotations

from contracts.features.float32 import float32
from contracts.features.numeric import Numeric
from contracts.input_rules.numeric import SMALLEST_DIVISOR, NumericInput, signed_log1p
from contracts.statistics import NumericStatistics


def is_constant(rule: NumericInput, feature: Numeric, statistics: NumericStatistics) -> bool:
    """Return true if the feature's number is the same in every training row that has one, and in those that have none.

    A column without values is constant. Where an indicator tells missing values apart, only the values count. `statistics`: of
    the training split.
    """
    values = [value for value in (statistics.min, statistics.max) if value is not None]
    if statistics.missing and not feature.indicator and rule.fill is not None:
        values.append(rule.fill)
    numbers = [float32(value) for value in values]
    if rule.low is not None and rule.high is not None:
        numbers = [min(max(number, rule.low), rule.high) for number in numbers]
    if rule.log:
        numbers = [signed_log1p(number) for number in numbers]
    return not numbers or max(numbers) - min(numbers) < SMALLEST_DIVISOR


def is_constant_indicator(statistics: NumericStatistics, *, masked: bool) -> bool:
    """Return true if the indicator of missing values is the same in every training row. `masked`: true with feature masking."""
    return not statistics.count or not (statistics.missing or masked)
