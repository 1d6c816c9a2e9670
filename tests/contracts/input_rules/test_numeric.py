"""From statistics to the numbers of one feature's rule, against what numpy computes of the values themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidRequest
from contracts.features import Bucketize, Constant, Numeric
from contracts.input_rules.numeric import (
    LEAST_BOUND,
    SMALLEST_DIVISOR,
    BucketInput,
    NumericInput,
    number_rule,
    signed_log1p,
)
from contracts.statistics import NumericStatistics, Quantiles

VALUES = [-3.0, 0.0, 0.1, 0.1, 0.1, 5.5, 40.0, 1e6]


def describe(values: list[float], shares: list[float] | None = None) -> NumericStatistics:
    if not values:
        return NumericStatistics(
            count=0, missing=3, infinite=0, zeros=0, negative=0, mean=None, std=None, min=None, max=None
        )
    at: list[float] = sorted({*np.linspace(0, 1, 101).tolist(), *(shares or [])})
    logs = np.sign(values) * np.log1p(np.abs(values))
    return NumericStatistics(
        count=len(values),
        missing=0,
        infinite=0,
        zeros=0,
        negative=0,
        mean=float(np.mean(values)),
        std=float(np.std(values)),
        min=min(values),
        max=max(values),
        log1p_mean=float(logs.mean()),
        log1p_std=float(logs.std()),
        median=float(np.median(values)),
        quantiles=Quantiles(probabilities=at, values=np.quantile(values, at).tolist()),
    )


def rules(feature: Numeric, found: NumericStatistics) -> NumericInput | BucketInput:
    return number_rule("x", feature, found, bounded=False)


def rule(found: NumericStatistics | None = None, **options: Any) -> NumericInput:
    made = rules(Numeric(dtype="float64", **options), found or describe(VALUES))
    assert isinstance(made, NumericInput)
    return made


def test_fill_values() -> None:
    assert rule().fill == np.float32(np.mean(VALUES))
    assert rule(impute="median").fill == np.float32(np.median(VALUES))
    assert rule(impute=Constant(constant=0.1)).fill == np.float32(0.1)
    assert rule(impute="none", indicator=True).fill is None


def test_scales() -> None:
    assert (rule(scale="none").center, rule(scale="none").divisor) == (0.0, 1.0)
    assert (rule().center, rule().divisor) == (np.mean(VALUES), np.std(VALUES))
    assert (rule(scale="minmax").center, rule(scale="minmax").divisor) == (-3.0, 1e6 + 3)
    logs = np.sign(VALUES) * np.log1p(np.abs(VALUES))
    found = rule(scale="log1p")
    assert found.log
    assert (found.center, found.divisor) == (logs.mean(), logs.std())


def test_clipping_decides_what_is_scaled() -> None:
    generator = np.random.default_rng(1)
    values = np.sort(np.concatenate([generator.normal(50, 10, 5000), [1e30, -1e30]])).tolist()
    found = describe(values)
    low, high = np.quantile(values, [0.05, 0.95])
    clipped = np.clip(values, low, high)
    for scale, expected in (("standard", clipped), ("log1p", np.sign(clipped) * np.log1p(np.abs(clipped)))):
        made = rule(found, clip=[0.05, 0.95], scale=scale)
        assert (made.low, made.high) == (np.float32(low), np.float32(high))
        assert made.center == pytest.approx(expected.mean(), rel=2e-3)
        assert made.divisor == pytest.approx(expected.std(), rel=1e-2)
    made = rule(found, clip=[0.05, 0.95], scale="minmax")
    assert (made.center, made.divisor) == (np.float32(low), float(np.float32(high)) - float(np.float32(low)))


@pytest.mark.parametrize("scale", ["standard", "minmax", "log1p", "none"])
@pytest.mark.parametrize("clip", [None, [0.1, 0.9]])
@pytest.mark.parametrize(("values", "impute"), [([], "mean"), ([], "median"), ([7.0, 7.0], "median")])
def test_columns_without_values_or_spread_are_defined(values: list[float], impute: Any, clip: Any, scale: Any) -> None:
    made = rule(describe(values), impute=impute, clip=clip, scale=scale)
    assert made.fill == (7.0 if values else 0.0)
    assert made.divisor == 1.0
    if scale == "none" or not values:
        assert made.center == 0.0


def test_bounds_of_buckets() -> None:
    def bounds(found: NumericStatistics, **options: Any) -> tuple[float, ...]:
        made = rules(Numeric(dtype="float64", bucketize=Bucketize(**options)), found)
        assert isinstance(made, BucketInput)
        assert made.size == len(made.bounds) + 2
        assert made.fill is None
        return made.bounds

    assert bounds(describe(VALUES), bounds=[-1, 0.1, 1e-40 + 3]) == (-1.0, float(np.float32(0.1)), 3.0)
    wanted = Numeric(bucketize=Bucketize(quantiles=7)).wanted_quantiles
    quantiles = np.quantile(VALUES, wanted).astype(np.float32)
    found = bounds(describe(VALUES, wanted), quantiles=7)
    assert found == tuple(np.unique(quantiles).tolist())
    assert len(found) < 6  # 0.1 is three of the eight values
    assert bounds(describe([]), quantiles=4) == ()
    assert bounds(describe([2.0]), quantiles=4) == (2.0,)


def test_which_quantiles_the_statistics_must_have() -> None:
    assert Numeric().wanted_quantiles == []
    assert Numeric(impute="median", clip=[0.001, 0.5]).wanted_quantiles == [0.001, 0.5]
    assert Numeric(bucketize=Bucketize(quantiles=4)).wanted_quantiles == [0.25, 0.5, 0.75]


def test_statistics_without_quantiles_are_told_of() -> None:
    old = describe(VALUES).model_copy(update={"quantiles": None})
    assert rule(old).fill == np.float32(np.mean(VALUES))
    with pytest.raises(InvalidRequest, match="hold no quantiles"):
        rule(old, impute="median")


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        (None, None, (0.0, 0.0, 1.0)),
        (7.0, 0.0, (7.0, 7.0, 1.0)),
        (1.0, 1e-300, (1.0, 1.0, 1.0)),
        (2.0, 4.0, (2.0, 2.0, 4.0)),
        (1.0, SMALLEST_DIVISOR, (1.0, 1.0, SMALLEST_DIVISOR)),
    ],
)
def test_inputs_of_columns_without_spread_or_values_are_defined(
    mean: float | None, std: float | None, expected: tuple[float, float, float]
) -> None:
    count = 0 if mean is None else 3
    made = rule(
        NumericStatistics(
            count=count, missing=3 - count, infinite=0, zeros=0, negative=0, mean=mean, std=std, min=mean, max=mean
        )
    )
    assert (made.fill, made.center, made.divisor) == expected


def test_a_constant_is_filled_in_even_where_no_value_is_known() -> None:
    assert rule(describe([]), impute=Constant(constant=2)).fill == 2.0
    bucket = rules(Numeric(bucketize=Bucketize(quantiles=2), impute="median"), describe([]))
    assert bucket == BucketInput("x", 0.0, ())


@settings(max_examples=50)
@given(st.lists(st.floats(-1e300, 1e300)))
def test_the_logarithm_keeps_order_and_sign(values: list[float]) -> None:
    logs = [signed_log1p(value) for value in sorted(values)]
    assert logs == sorted(logs)
    assert all(signed_log1p(-value) == -signed_log1p(value) for value in values)


TAIL = [*([0.0] * 99_999), 1e6]
"""Its last value is 316 deviations from the mean."""


@pytest.mark.parametrize(
    ("values", "options", "bound"),
    [
        (VALUES, {}, LEAST_BOUND),
        ([], {}, LEAST_BOUND),
        ([5.0, 5.0], {}, LEAST_BOUND),
        (TAIL, {}, (1e6 - np.mean(TAIL)) / np.std(TAIL)),
        (TAIL, {"clip": [0.1, 0.9]}, LEAST_BOUND),
        (TAIL, {"scale": "minmax"}, LEAST_BOUND),
        (TAIL, {"scale": "log1p"}, (np.log1p(1e6) - np.mean(np.log1p(TAIL))) / np.std(np.log1p(TAIL))),
        ([-1.7e9, 3.0], {"scale": "none"}, 1.7e9),
        ([1.0, 3.0], {"scale": "none", "impute": {"constant": -999}}, 999.0),
    ],
)
def test_the_bound_lets_every_training_value_pass(values: list[float], options: dict[str, Any], bound: float) -> None:
    feature, found = Numeric(dtype="float64", **options), describe(values)
    made = number_rule("x", feature, found, bounded=True)
    assert isinstance(made, NumericInput)
    assert made.bound == pytest.approx(bound, rel=1e-6)
    assert rules(feature, found) == replace(made, bound=None)
