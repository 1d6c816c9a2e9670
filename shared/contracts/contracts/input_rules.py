"""From a schema and its statistics to the numbers that both sides apply: written once, so that they cannot differ.

The Spark kernels (`preprocessing.transforms.transform`) and the graph (`modeling.layers`) compute for each number x

    x32     = float32(float64(x))                      missing where it is NaN or infinite
    filled  = fill if x32 is missing else x32
    clipped = min(max(filled, low), high)              where the feature is clipped
    d       = float64(clipped)
    d       = sign(d) * ln(1 + |d|)                    with scale log1p
    input   = float32((d - center) / divisor)          0 where x32 is missing and there is no fill

and for one that is put into buckets, with subnormal float32s taken as 0,

    id      = 0 if x32 is missing and there is no fill, else 1 + (how many of the bounds are <= filled)

`fill`, `low`, `high` and the bounds are float32s; center and divisor are doubles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.errors import InvalidRequest
from contracts.features import FIRST_ID, Bucketize, Constant, Numeric, float32
from contracts.schema import Schema
from contracts.statistics import NumericStatistics, Statistics

SMALLEST_DIVISOR = 1e-30
"""A standard deviation below it is taken as no deviation at all. Far above float32's subnormals (1.2e-38), which TensorFlow takes
as zero on some threads and not on others: what they differ by stays below 1e-8 of a deviation."""

_POINTS = 1000
"""At so many equally likely points the quantiles are looked at, where moments must be estimated from them."""


@dataclass(frozen=True)
class NumericInput:
    """One numeric feature as a model input that is a number. Without a `fill`, a missing value becomes 0 after scaling."""

    feature: str
    fill: float | None
    center: float
    divisor: float
    low: float | None = None
    high: float | None = None
    log: bool = False
    indicator: bool = False


@dataclass(frozen=True)
class BucketInput:
    """One numeric feature as an id; `bounds` ascend. Without a `fill`, a missing value has the id 0."""

    feature: str
    fill: float | None
    bounds: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many ids there are: that of a missing value, and one more than there are bounds."""
        return FIRST_ID + len(self.bounds) + 1


@dataclass(frozen=True)
class NumberRules:
    """What becomes of the numeric features: `scaled` and `buckets` are each in schema order."""

    scaled: tuple[NumericInput, ...]
    buckets: tuple[BucketInput, ...]


def number_rules(schema: Schema, statistics: Statistics) -> NumberRules:
    """The rules of all numeric features, from the training split."""
    return NumberRules(tuple(numeric_inputs(schema, statistics)), tuple(bucket_inputs(schema, statistics)))


def numeric_inputs(schema: Schema, statistics: Statistics) -> list[NumericInput]:
    """The numeric features that stay numbers, in schema order, from the training split.

    A column without any value is filled with 0, unless with a constant, and not clipped or scaled; a constant one is centred
    and divided by 1. The moments of clipped values are estimated from the published quantiles. Raises `InvalidRequest` where a
    dataset's statistics, made before there were any, lack what a feature needs.
    """
    return [
        _numeric_input(name, feature, statistics.numeric(name))
        for name, feature in schema.numeric.items()
        if feature.bucketize is None
    ]


def bucket_inputs(schema: Schema, statistics: Statistics) -> list[BucketInput]:
    """The numeric features that are put into buckets, in schema order. Equal quantiles are one bound; without values, none."""
    inputs: list[BucketInput] = []
    for name, feature in schema.numeric.items():
        if feature.bucketize is not None:
            found = statistics.numeric(name)
            inputs.append(BucketInput(name, _fill(feature, found), _bounds(feature.bucketize, found)))
    return inputs


def id_sizes(schema: Schema, buckets: tuple[BucketInput, ...], vocabularies: Mapping[str, int]) -> list[int]:
    """How many ids each of `schema.id_inputs` has, that of a missing value included. `vocabularies`: how many tokens each has."""
    return [
        *(feature.first_token_id + vocabularies[name] for name, feature in schema.vocabularies.items()),
        *(FIRST_ID + feature.buckets for feature in schema.hashed.values()),
        *(rule.size for rule in buckets),
        *(FIRST_ID + cross.buckets for cross in schema.crosses),
    ]


def _numeric_input(name: str, feature: Numeric, found: NumericStatistics) -> NumericInput:
    low = high = None
    if feature.clip is not None and found.count:
        low, high = (float32(_quantile(found, share)) for share in feature.clip)
    center, spread = _center_and_spread(feature, found, low, high)
    return NumericInput(
        feature=name,
        fill=_fill(feature, found),
        center=center,
        divisor=spread if spread >= SMALLEST_DIVISOR else 1.0,
        low=low,
        high=high,
        log=feature.scale == "log1p",
        indicator=feature.indicator,
    )


def _fill(feature: Numeric, found: NumericStatistics) -> float | None:
    match feature.impute:
        case "none":
            return None
        case Constant():
            return float32(feature.impute.constant)
        case "median":
            return float32(_quantile(found, 0.5)) if found.count else 0.0
        case "mean":
            return 0.0 if found.mean is None else float32(found.mean)


def _center_and_spread(
    feature: Numeric, found: NumericStatistics, low: float | None, high: float | None
) -> tuple[float, float]:
    """What is subtracted, and what is divided by, before an almost vanishing spread is taken for none."""
    if feature.scale == "none" or not found.count:
        return 0.0, 1.0
    if feature.scale == "minmax":
        smallest = found.min if low is None else low
        largest = found.max if high is None else high
        assert smallest is not None
        assert largest is not None
        return smallest, largest - smallest
    if low is None and feature.scale == "standard":
        mean, std = found.mean, found.std
    elif low is None and found.log1p_mean is not None:
        mean, std = found.log1p_mean, found.log1p_std
    else:
        mean, std = _estimated_moments(found, low, high, log=feature.scale == "log1p")
    return mean or 0.0, std or 0.0


def signed_log1p(value: float) -> float:
    """sign(x)·ln(1 + |x|): keeps order and sign, and is x itself near 0."""
    return math.copysign(math.log1p(abs(value)), value)


def _estimated_moments(
    found: NumericStatistics, low: float | None, high: float | None, *, log: bool
) -> tuple[float, float]:
    """Mean and population deviation of the clipped (and logarithmic) values at equally likely points of the distribution."""
    values = [_quantile(found, (at + 0.5) / _POINTS) for at in range(_POINTS)]
    if low is not None and high is not None:
        values = [min(max(value, low), high) for value in values]
    if log:
        values = [signed_log1p(value) for value in values]
    mean = math.fsum(values) / _POINTS
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / _POINTS)


def wanted_quantiles(feature: Numeric) -> list[float]:
    """The shares whose quantiles the rules of a feature need: ascending, from 0 to 1. Statistics publish at least these."""
    shares: set[float] = set()
    if feature.impute == "median":
        shares.add(0.5)
    if feature.clip is not None:
        shares.update(feature.clip)
    if feature.bucketize is not None and feature.bucketize.quantiles is not None:
        shares.update(_inner_shares(feature.bucketize.quantiles))
    return sorted(shares)


def _inner_shares(buckets: int) -> list[float]:
    return [at / buckets for at in range(1, buckets)]


def _quantile(found: NumericStatistics, share: float) -> float:
    """The value below which that share of the training rows lies. Raises `InvalidRequest` where the statistics have none."""
    if found.quantiles is None:
        raise InvalidRequest(
            "the dataset's statistics hold no quantiles, which median, clip, log1p and bucketize need; make the dataset again"
        )
    return found.quantiles.at(share)


def _bounds(bucketize: Bucketize, found: NumericStatistics) -> tuple[float, ...]:
    if bucketize.bounds is not None:
        return tuple(map(float32, bucketize.bounds))
    if bucketize.quantiles is None or not found.count:
        return ()
    return tuple(sorted({float32(_quantile(found, share)) for share in _inner_shares(bucketize.quantiles)}))
