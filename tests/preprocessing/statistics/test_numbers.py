"""Statistics of numeric columns against NumPy, on columns of every kind, however their rows are divided."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.statistics import NumericStatistics
from preprocessing.statistics import value_counts
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.describe import accuracy, numeric_statistics
from preprocessing.statistics.numeric_columns import NumberColumn, NumberState, merge_numbers

Values = Sequence[float | None] | Sequence[int | None] | npt.NDArray[Any]

DOUBLES = st.one_of(
    st.none(),
    st.floats(),
    st.floats(-1e6, 1e6),
    st.integers(-3, 3).map(float),
    st.sampled_from([-0.0, 0.0, 1e39, -3.5e38, 5e-324, float("inf"), float("-inf"), float("nan")]),
)
INTEGERS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9))


def state_of(values: Values, labels: list[int] | None = None, codes: list[int] | None = None) -> NumberState:
    """One task's state; the rows come in two batches, the second of which is a slice."""
    kind = (
        pa.int64()
        if any(type(v) is int for v in values) or getattr(values, "dtype", None) == np.int64
        else pa.float64()
    )
    array = pa.array(values, kind, from_pandas=False)
    column = NumberColumn(integers=kind == pa.int64())
    positives = np.array(labels if labels is not None else [0] * len(array), np.bool_)
    splits = np.array(codes if codes is not None else [1] * len(array), np.uint8)
    half = len(array) // 2
    for part in (slice(0, half), slice(half, None)):
        rows = np.bincount(splits[part], minlength=4)[1:]
        begins = np.concatenate([[0], np.cumsum(rows)[:-1]])
        column.add(array[part], splits[part], positives[part], begins)
    return column.extract()


def described(state: NumberState, rows: int, positives: int = 0, split: int = 0) -> NumericStatistics:
    return numeric_statistics(state, split, RowSums(rows, positives, 0))


def reproducible(found: NumericStatistics) -> NumericStatistics:
    return found.model_copy(update={"quantile_sketch": None})


def close(found: float | None, expected: float, scale: float) -> bool:
    return found is not None and abs(found - expected) <= 1e-12 * max(abs(expected), scale) + 1e-300


def is_kept(value: float) -> bool:
    """Whether float32 can hold it."""
    with np.errstate(over="ignore"):
        return bool(np.isfinite(np.float32(value)))


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


def test_the_deviation_does_not_cancel_away() -> None:
    found = described(state_of([1.7e9 + offset for offset in (0.0, 1.0, 2.0)]), 3)
    assert found.mean == 1.7e9 + 1
    assert found.std == math.sqrt(2 / 3)


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


@pytest.mark.parametrize("distinct", [value_counts.CAPACITY, value_counts.CAPACITY + 1])
def test_values_are_exact_up_to_the_capacity_and_not_past_it(distinct: int) -> None:
    values = np.tile(np.sqrt(np.arange(distinct) + 1), 3)
    np.random.default_rng(1).shuffle(values)
    found = described(merge_numbers([state_of(part) for part in np.array_split(values, 3)]), len(values))
    assert (found.resolution == 0) == (distinct <= accuracy().exact_up_to)
    assert (found.distinct_sketch is None) == (distinct <= accuracy().exact_up_to)
    assert found.median == pytest.approx(float(np.median(values)), rel=1e-15 + 2 * (found.resolution or 0))


@settings(max_examples=150)
@given(
    values=st.lists(st.one_of(st.floats(-1e3, 1e3), st.integers(-40, 40).map(float)), min_size=1, max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_tables_that_are_often_full_merge_in_any_order(
    values: list[float], cuts: list[int], order: random.Random
) -> None:
    values = [value if abs(value) > 1e-3 else 0.0 for value in values]
    with patch.object(value_counts, "CAPACITY", 64), patch.object(value_counts, "_FIRST_SLOTS", 8):
        whole = merge_numbers([state_of(values)])
        ends = sorted(min(cut, len(values)) for cut in cuts)
        parts = [values[a:b] for a, b in zip([0, *ends], [*ends, len(values)], strict=True)]
        order.shuffle(parts)
        again = merge_numbers([state_of(part or np.empty(0)) for part in parts])
        first, second = described(whole, len(values)), described(again, len(values))
    assert reproducible(first) == reproducible(second)
    assert (whole.values.shift == 0) == (len({*values}) <= 64)
    assert whole.values.counts.sum() == len(values)
    for value in values:
        at = int(np.searchsorted(whole.values.lows, value, side="right")) - 1
        assert whole.values.lows[at] <= value <= whole.values.highs[at]
