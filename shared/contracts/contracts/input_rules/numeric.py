"""The rule of a numeric feature: its fill value, clipping bounds, centre and divisor, or the bounds of its buckets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import assert_never

from contracts.errors import InvalidRequest
from contracts.features.float32 import float32
from contracts.features.ids import FIRST_ID
from contracts.features.numeric import Bucketize, Constant, Numeric, inner_shares
from contracts.statistics import NumericStatistics

SMALLEST_DIVISOR = 1e-30
"""A standard deviation below it counts as 0. Far above float32's subnormals (1.2e-38), which TensorFlow flushes to zero on some
threads and not on others: the difference stays below 1e-8 of a deviation."""

LEAST_BOUND = 100.0
"""Scaled inputs up to it pass, also where the training split holds none so large: a hundred deviations."""

_POINTS = 1000
"""The number of equally likely points at which quantiles are read, where moments are estimated from them."""


@dataclass(frozen=True)
class NumericInput:
    """Parameters of one numeric model input. Without a `fill`, a missing value becomes 0 after scaling."""

    feature: str
    fill: float | None
    center: float
    divisor: float
    low: float | None = None
    high: float | None = None
    log: bool = False
    indicator: bool = False
    bound: float | None = None
    """The largest magnitude after scaling; None, the default, if there is no limit."""


@dataclass(frozen=True)
class BucketInput:
    """Parameters of one bucketized feature; `bounds` ascend. Without a `fill`, a missing value has the id 0."""

    feature: str
    fill: float | None
    bounds: tuple[float, ...]

    @property
    def size(self) -> int:
        """Return the number of ids: one for a missing value, and one more than there are bounds."""
        return FIRST_ID + len(self.bounds) + 1


def number_rule(
    name: str, feature: Numeric, statistics: NumericStatistics, *, bounded: bool
) -> NumericInput | BucketInput:
    """Return the rule of one numeric feature from its statistics in the training split.

    A column without values is filled with 0, or with the given constant, and not clipped or scaled; a constant column is
    centred and divided by 1. Moments of clipped values are estimated from the published quantiles. Equal quantiles are one
    bound; a column without values has none. `bounded`: true if scaled inputs have a bound. Raises `InvalidRequest` if the
    statistics lack quantiles that a feature needs.
    """
    if feature.bucketize is not None:
        return BucketInput(name, _fill(feature, statistics), _bounds(feature.bucketize, statistics))
    return _numeric_input(name, feature, statistics, bounded=bounded)


def _numeric_input(name: str, feature: Numeric, statistics: NumericStatistics, *, bounded: bool) -> NumericInput:
    low = high = None
    if feature.clip is not None and statistics.count:
        low, high = (float32(_quantile(statistics, share)) for share in feature.clip)
    center, spread = _center_and_spread(feature, statistics, low, high)
    rule = NumericInput(
        feature=name,
        fill=_fill(feature, statistics),
        center=center,
        divisor=spread if spread >= SMALLEST_DIVISOR else 1.0,
        low=low,
        high=high,
        log=feature.scale == "log1p",
        indicator=bool(feature.indicator),
    )
    return replace(rule, bound=_bound(rule, statistics)) if bounded else rule


def _bound(rule: NumericInput, statistics: NumericStatistics) -> float:
    """Return the largest magnitude of the training split's inputs, at least `LEAST_BOUND`."""
    extremes = [value for value in (statistics.min, statistics.max, rule.fill) if value is not None]
    return max([LEAST_BOUND, *(abs(scaled(rule, value)) for value in extremes)])


def scaled(rule: NumericInput, value: float) -> float:
    """Return the model input of a number that is present, as a double before it is rounded to float32."""
    if rule.low is not None and rule.high is not None:
        value = min(max(value, rule.low), rule.high)
    value = signed_log1p(float32(value)) if rule.log else float32(value)
    value = (value - rule.center) / rule.divisor
    return value if rule.bound is None else min(max(value, -rule.bound), rule.bound)


def _fill(feature: Numeric, statistics: NumericStatistics) -> float | None:
    match feature.impute:
        case "none":
            return None
        case Constant():
            return float32(feature.impute.constant)
        case "median":
            return float32(_quantile(statistics, 0.5)) if statistics.count else 0.0
        case "mean":
            return 0.0 if statistics.mean is None else float32(statistics.mean)
        case _:
            assert_never(feature.impute)


def _center_and_spread(
    feature: Numeric, statistics: NumericStatistics, low: float | None, high: float | None
) -> tuple[float, float]:
    """Return center and spread for scaling, before an almost vanishing spread is replaced by 1."""
    if not statistics.count:
        return 0.0, 1.0
    match feature.scale:
        case "none":
            return 0.0, 1.0
        case "minmax":
            smallest = statistics.min if low is None else low
            largest = statistics.max if high is None else high
            assert smallest is not None
            assert largest is not None
            return smallest, largest - smallest
        case "standard":
            mean, std = statistics.mean, statistics.std
        case "log1p":
            mean, std = statistics.log1p_mean, statistics.log1p_std
        case _:
            assert_never(feature.scale)
    if low is not None or (feature.scale == "log1p" and mean is None):
        mean, std = _estimated_moments(statistics, low, high, log=feature.scale == "log1p")
    return mean or 0.0, std or 0.0


def signed_log1p(value: float) -> float:
    """Return sign(x)·ln(1 + |x|), which keeps order and sign, and is close to x near 0."""
    return math.copysign(math.log1p(abs(value)), value)


def _estimated_moments(
    statistics: NumericStatistics, low: float | None, high: float | None, *, log: bool
) -> tuple[float, float]:
    """Return mean and population deviation of clipped (and logarithmic) values at equally likely points."""
    values = [_quantile(statistics, (point + 0.5) / _POINTS) for point in range(_POINTS)]
    if low is not None and high is not None:
        values = [min(max(value, low), high) for value in values]
    if log:
        values = [signed_log1p(value) for value in values]
    mean = math.fsum(values) / _POINTS
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / _POINTS)


def _quantile(statistics: NumericStatistics, share: float) -> float:
    """Return the quantile at a probability from 0 to 1. Raises `InvalidRequest` if the statistics have no quantiles."""
    if statistics.quantiles is None:
        raise InvalidRequest(
            "the dataset's statistics hold no quantiles, which median, clip, log1p and bucketize need; make the dataset again"
        )
    return statistics.quantiles.at(share)


def _bounds(bucketize: Bucketize, statistics: NumericStatistics) -> tuple[float, ...]:
    if bucketize.bounds is not None:
        return tuple(map(float32, bucketize.bounds))
    if bucketize.quantiles is None or not statistics.count:
        return ()
    return tuple(sorted({float32(_quantile(statistics, share)) for share in inner_shares(bucketize.quantiles)}))
