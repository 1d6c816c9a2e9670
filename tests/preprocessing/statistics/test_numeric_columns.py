"""Statistics of numeric columns against NumPy, on columns of every kind, for any division of their rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import datasketches
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.number_states import DOUBLES, INTEGERS, described, is_kept, reproducible, state_of

from contracts.statistics import NumericStatistics
from preprocessing.kernels import exact_sums
from preprocessing.statistics import numeric_columns, value_counts
from preprocessing.statistics.describe import accuracy
from preprocessing.statistics.numeric_columns import (
    NumberSums,
    Spread,
    counted_sums,
    exact_sum,
    merge_numbers,
)


def close(found: float | None, expected: float, scale: float) -> bool:
    return found is not None and abs(found - expected) <= 1e-12 * max(abs(expected), scale) + 1e-300


@settings(max_examples=300)
@given(rows=st.lists(st.tuples(DOUBLES, st.integers(0, 1), st.integers(0, 3)), max_size=40))
def test_small_columns_equal_numpy(rows: list[tuple[float | None, int, int]]) -> None:
    state = state_of([value for value, _, _ in rows] or np.empty(0), [y for _, y, _ in rows], [c for _, _, c in rows])
    for split in range(3):
        here = [(value, y) for value, y, code in rows if code == split + 1]
        positives = sum(y for _, y in here)
        found = described(state, len(here), positives, split)
        kept = np.array([v for v, _ in here if v is not None and is_kept(v)], np.float64)
        assert found.count == len(kept)
        assert found.missing == len(here) - len(kept)
        assert found.nan == sum(v is not None and math.isnan(v) for v, _ in here)
        assert found.infinite == sum(v is not None and not math.isnan(v) and not is_kept(v) for v, _ in here)
        assert found.missing_share == (found.missing / len(here) if here else None)
        assert found.label is not None
        check_label(found, [(v is None or not is_kept(v), y) for v, y in here])
        check_values(found, kept)


def check_label(found: NumericStatistics, rows: list[tuple[bool, int]]) -> None:
    assert found.label is not None
    missing, there = [y for gone, y in rows if gone], [y for gone, y in rows if not gone]
    assert found.label.mean_where_missing == (sum(missing) / len(missing) if missing else None)
    assert found.label.mean_where_present == (sum(there) / len(there) if there else None)
    constant = len({gone for gone, _ in rows}) < 2 or len({y for _, y in rows}) < 2
    if constant:
        assert found.label.correlation is None
    else:
        expected = np.corrcoef(*np.array(rows, np.float64).T)[0, 1]
        assert found.label.correlation == pytest.approx(expected, abs=1e-12)


def check_values(found: NumericStatistics, kept: npt.NDArray[np.float64]) -> None:
    """Everything that follows from the values that are there, which are few."""
    if not len(kept):
        assert (found.mean, found.std, found.min, found.max, found.median, found.quantiles) == (None,) * 6
        assert (found.distinct, found.histogram, found.quantile_histogram) == (0, None, None)
        return
    assert (found.zeros, found.negative) == ((kept == 0).sum(), (kept < 0).sum())
    assert (found.min, found.max, found.distinct) == (kept.min(), kept.max(), len(np.unique(kept)))
    exact = sum(map(Fraction, kept.tolist())) / len(kept)
    assert found.mean == float(exact)
    spread = float(kept.max()) - float(kept.min())
    variance = sum((Fraction(value) - exact) ** 2 for value in kept.tolist()) / len(kept)
    assert found.std is not None
    assert Fraction(found.std) ** 2 == pytest.approx(variance, rel=1e-15)
    assert found.resolution == 0
    assert found.quantile_sketch is found.distinct_sketch is None
    assert found.quantiles is not None
    for p, value in zip(found.quantiles.probabilities, found.quantiles.values, strict=True):
        assert close(value, float(np.quantile(kept, p)), spread)
    assert close(found.median, float(np.median(kept)), spread)
    logs = np.copysign(np.log1p(np.abs(kept)), kept)
    assert close(found.log1p_mean, float(logs.mean()), 1.0)
    assert found.log1p_std == pytest.approx(float(logs.std()), abs=1e-9)
    for histogram in (found.histogram, found.quantile_histogram):
        assert histogram is not None
        counts, _ = np.histogram(kept, np.array(histogram.edges))
        assert histogram.counts == counts.tolist()
        assert (histogram.edges[0], histogram.edges[-1]) == (kept.min(), kept.max())
        assert sum(histogram.counts) == len(kept)


@settings(max_examples=200)
@given(values=st.lists(INTEGERS, min_size=1, max_size=40))
def test_small_columns_of_whole_numbers_equal_python(values: list[int | None]) -> None:
    kept = [value for value in values if value is not None]
    found = described(state_of([*values, 0]), len(values) + 1)
    kept.append(0)
    mean = Fraction(sum(kept), len(kept))
    assert found.mean == float(mean)
    assert found.std is not None
    assert Fraction(found.std) ** 2 == pytest.approx(sum((v - mean) ** 2 for v in kept) / len(kept), rel=1e-15)
    assert (found.zeros, found.negative) == (kept.count(0), sum(v < 0 for v in kept))
    assert (found.min, found.max) == (float(min(kept)), float(max(kept)))
    if all(abs(value) <= 2**53 for value in kept):
        assert found.distinct == len(set(kept))
        assert found.distinct_sketch is None
    else:
        assert found.distinct_sketch is not None
        assert found.distinct is not None
        assert abs(found.distinct - len(set(kept))) <= 1


ROWS = 60_000
COLUMNS: dict[str, Callable[[np.random.Generator], npt.NDArray[Any]]] = {
    "exponential": lambda rng: rng.exponential(1000, ROWS),
    "normal": lambda rng: rng.normal(0, 1, ROWS),
    "timestamps": lambda rng: 1.7e9 + np.sort(rng.random(ROWS)) * 1e6,
    "wide": lambda rng: 10.0 ** rng.uniform(-30, 30, ROWS) * rng.choice([-1, 1], ROWS),
    "mostly zero": lambda rng: np.where(rng.random(ROWS) < 0.7, 0.0, rng.normal(5, 1, ROWS)),
    "rising": lambda rng: np.arange(ROWS) // 4,  # exact in each of seven parts, but not in all
    "numbers of things": lambda rng: rng.integers(-(2**62), 2**62, ROWS),
    "long-tailed counts": lambda rng: np.floor(rng.lognormal(7, 3, ROWS)).astype(np.int64),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_many_values_are_near_numpy_and_equal_for_any_parts(name: str) -> None:
    values = COLUMNS[name](np.random.default_rng(5))
    whole = described(merge_numbers([state_of(values)]), ROWS)
    for parts in (2, 7):
        cut = np.array_split(values, parts)
        states = [state_of(part) for part in (cut if parts == 2 else reversed(cut))]
        again = described(merge_numbers(states), ROWS)
        assert reproducible(again) == reproducible(whole)
        check_sketch(again, values)
    tree = merge_numbers([merge_numbers([state_of(part) for part in np.array_split(values, 7)[i::2]]) for i in (0, 1)])
    assert reproducible(described(tree, ROWS)) == reproducible(whole)
    check_sketch(whole, values)
    assert whole.mean == float(sum(map(Fraction, values.tolist())) / ROWS)
    assert whole.std == pytest.approx(float(np.std(values.astype(np.longdouble))), rel=1e-12)
    check_distribution(whole, values.astype(np.float64))


def check_distribution(found: NumericStatistics, values: npt.NDArray[np.float64]) -> None:
    """Each quantile is within the resolution of a value that has this rank."""
    assert found.resolution is not None
    assert 0 < found.resolution < 0.1
    assert found.quantiles is not None
    ordered = np.sort(values)
    for p, value in zip(found.quantiles.probabilities, found.quantiles.values, strict=True):
        place = p * (ROWS - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        slack = found.resolution * max(abs(low), abs(high))
        assert low - slack <= value <= high + slack
    assert found.distinct_sketch is not None
    true = len(np.unique(values))
    assert abs(found.distinct_sketch.estimate - true) <= 4 * accuracy().hll_relative_standard_error * true
    for histogram in (found.histogram, found.quantile_histogram):
        assert histogram is not None
        assert sum(histogram.counts) == ROWS
        for edge, below in zip(histogram.edges[1:-1], np.cumsum(histogram.counts), strict=False):
            slack = found.resolution * abs(edge)
            assert (values < edge - slack).sum() <= below <= (values < edge + slack).sum()


def check_sketch(found: NumericStatistics, values: npt.NDArray[Any]) -> None:
    """The true rank of each quantile is within the stated bound (three times: a test must not fail once in a hundred)."""
    sketch = found.quantile_sketch
    assert sketch is not None
    error = 3 * accuracy().kll_rank_error
    assert (sketch.values[0], sketch.values[-1]) == (float(values.min()), float(values.max()))
    for p, low, value, high in zip(sketch.probabilities, sketch.lower, sketch.values, sketch.upper, strict=True):
        assert low <= value <= high
        assert (values < value).mean() - error <= p <= (values <= value).mean() + error


MORE = [float(value) for value in range(1, 10)]


def spread_of(values: list[float]) -> Spread:
    """One split of a column that has more than the capacity of 8 distinct values."""
    with patch.object(value_counts, "CAPACITY", 8), patch.object(value_counts, "_FIRST_SLOTS", 2):
        spread = state_of(values).spread
    assert spread is not None
    return spread[0]


@settings(max_examples=40)
@given(values=st.lists(st.floats(-1e30, 1e30), max_size=20), at_once=st.sampled_from([1, 3, 1 << 20]))
def test_sums_of_a_spread_are_exact_also_in_pieces_and_with_carries(values: list[float], at_once: int) -> None:
    values = [*values, *MORE]
    with patch.object(numeric_columns, "_AT_ONCE", at_once), patch.object(numeric_columns, "_CARRY", 2):
        sums = spread_of(values).sums
    assert (sums.count, sums.zeros, sums.negative) == (len(values), values.count(0), sum(v < 0 for v in values))
    assert (sums.low, sums.high) == (min(values), max(values))
    assert Fraction(sums.total, 1 << exact_sums.SUM_BIAS) == sum(map(Fraction, values))
    assert Fraction(sums.squares, 1 << exact_sums.SQUARE_BIAS) == sum(Fraction(value) ** 2 for value in values)
    assert exact_sum(np.array(values)) == sums.total


@settings(max_examples=40)
@given(values=st.lists(st.floats(-1e30, 1e30), max_size=20))
def test_sums_of_counts_are_those_of_the_values(values: list[float]) -> None:
    state = state_of([*values, *values])
    assert state.spread is None
    sums = counted_sums(state.values, 0)
    if not values:
        assert sums == NumberSums()
        return
    expected = spread_of([*values, *values, *MORE]).sums
    assert sums + counted_sums(state_of(MORE).values, 0) == expected
    assert sums + NumberSums() == sums


def test_spreads_add_up_to_the_set_of_all_values() -> None:
    first, second = [*MORE, 0.5, 0.5], [*MORE, 70.0]
    both, whole = spread_of(first) + spread_of(second), spread_of([*first, *second])
    assert both.sums == whole.sums
    np.testing.assert_array_equal(both.registers, whole.registers)
    sketch = datasketches.kll_doubles_sketch.deserialize(both.sketch)
    assert sketch.get_quantiles([0.0, 0.5, 1.0]) == [0.5, 5.0, 70.0]


def test_wide_integers_are_never_counted_as_exact() -> None:
    assert state_of([2**53, 1]).spread is None
    assert state_of([2**53 + 1, 1]).spread is not None
    merged = merge_numbers([state_of([5]), state_of([2**53 + 1])])
    assert merged.spread is not None
    assert merged.spread[0].sums.total == (2**53 + 6) << exact_sums.SUM_BIAS


def test_many_states_are_merged_a_few_at_a_time() -> None:
    states = [state_of([float(i), None]) for i in range(70)]
    merged = merge_numbers(states)
    assert merged.values.lows.tolist() == list(range(70))
    assert merged.missing[0, 0] == 70
