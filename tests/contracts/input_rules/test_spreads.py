"""Bins of numeric inputs: ascending, in the input's unit, and apart for values that are many rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.input_rules.numbers import statistics_of

from contracts.features import Numeric
from contracts.input_rules import NumberSpread, number_spreads
from contracts.schema import Label, Schema
from contracts.statistics import LabelStatistics, SplitStatistics, Statistics


def spreads_of(values: Sequence[float | None], bins: int = 8, **fields: Any) -> list[NumberSpread]:
    schema = Schema(features={"x": Numeric(dtype="float64", **fields)}, label=Label(column="late"))
    label = LabelStatistics(count=len(values), positives=0)
    train = SplitStatistics(rows=len(values), features={"x": statistics_of(list(values))}, label=label)
    return number_spreads(schema, Statistics(splits={"train": train}), bins)


def bins_of(values: Sequence[float | None], bins: int = 8, **fields: Any) -> list[tuple[float, ...]]:
    return [spread.bounds for spread in spreads_of(values, bins, **fields)]


def test_bounds_are_quantiles_in_the_unit_of_the_input() -> None:
    values = [float(value) for value in range(101)]
    (raw,) = bins_of(values, 4, scale="none")
    assert raw == (0, 25, 50, 75, 100)
    (scaled,) = bins_of(values, 4)
    np.testing.assert_allclose(scaled, (np.array(raw) - 50) / np.std(values), rtol=1e-6)


def test_a_value_that_is_many_rows_has_bins_of_its_own() -> None:
    (bounds,) = bins_of([*[0.0] * 60, *map(float, range(1, 41))], 10, scale="none")
    assert bounds[0] == 0
    assert 0 < bounds[1] < 0.1
    (inside,) = bins_of([*map(float, range(-20, 0)), *[0.0] * 60, *map(float, range(1, 21))], 10, scale="none")
    place = inside.index(0)
    assert -0.2 < inside[place - 1] < 0 < inside[place + 1] < 0.2


@pytest.mark.parametrize("values", [[7.0, 7.0], [None, None], [7.0, None]])
def test_what_never_varies_has_no_bins(values: list[float | None]) -> None:
    assert spreads_of(values) == [NumberSpread()]


def test_the_median_and_the_quartiles() -> None:
    (spread,) = spreads_of([*map(float, range(0, 101, 10)), 1e6], scale="none")
    assert (spread.median, spread.range) == (55, 55)
    (spiky,) = spreads_of([*[5.0] * 98, 0.0, 20.0], scale="none")
    assert (spiky.median, spiky.range) == (5, 10)


def test_a_bucketized_number_is_left_out() -> None:
    assert bins_of([1.0, 2.0, 3.0], bucketize={"bounds": [2]}) == []


def test_clipped_and_logarithmic_numbers_have_their_own_bounds() -> None:
    values = [*map(float, range(100)), 1e6]
    (clipped,) = bins_of(values, 4, scale="none", clip=[0.0, 0.9])
    assert clipped[-1] == 90
    (logs,) = bins_of(values, 4, scale="log1p")
    assert logs[-1] - logs[-2] < 10


@given(
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32) | st.sampled_from([0.0, 1.0]), min_size=2, max_size=40),
    st.integers(1, 100),
    st.sampled_from(["standard", "minmax", "log1p", "none"]),
)
def test_bounds_of_any_values_ascend(values: list[float], bins: int, scale: str) -> None:
    (bounds,) = bins_of([*values], bins, scale=scale)
    assert all(low < high for low, high in pairwise(bounds))
    assert all(np.isfinite(np.float32(1) / (np.float32(high) - np.float32(low))) for low, high in pairwise(bounds))
