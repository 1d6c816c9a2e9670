"""Counts of values: exact up to a capacity, then by the narrowest intervals, equal for any division of the rows."""

from __future__ import annotations

import random
from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.number_states import described, reproducible, state_of

from preprocessing.statistics import value_counts
from preprocessing.statistics.describe import accuracy
from preprocessing.statistics.numeric_columns import merge_numbers
from preprocessing.statistics.value_counts import ValueCounter, ValueCounts, merge_value_counts
from sources.drift.sortable_keys import keys_of


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


def counts_of(values: list[float], *, integers: bool = False) -> ValueCounts:
    counter = ValueCounter(1)
    bits = np.array(values, np.int64 if integers else np.float64).view(np.uint64)
    begin = 0
    while (begin := counter.add(bits, begin, len(bits), 0, integers=integers)) < len(bits):
        counter.collapse(bits[begin : begin + 1], integers=integers)
    return counter.extract()


def test_few_values_are_counted_one_by_one_in_their_order() -> None:
    counts = counts_of([2.5, -1.0, 0.0, 2.5, 1e30])
    assert counts.shift == counts.resolution == 0
    assert counts.lows.tolist() == counts.highs.tolist() == [-1.0, 0.0, 2.5, 1e30]
    assert counts.counts[:, 0].tolist() == [1, 1, 2, 1]


def test_integers_are_counted_as_doubles() -> None:
    counts = counts_of([3, -7, 3, 2**53 + 1], integers=True)
    assert counts.lows.tolist() == [-7.0, 3.0, 2.0**53]
    assert counts.counts[:, 0].tolist() == [1, 2, 1]


def test_no_values_have_no_counts() -> None:
    counts = counts_of([])
    assert (len(counts.keys), counts.counts.shape) == (0, (0, 1))
    assert len(merge_value_counts([counts, counts]).keys) == 0


@settings(max_examples=60)
@given(values=st.lists(st.floats(-1e9, 1e9).map(lambda value: value + 0.0), min_size=1, max_size=60))
def test_an_interval_holds_its_values_and_is_as_wide_as_the_resolution(values: list[float]) -> None:
    with patch.object(value_counts, "CAPACITY", 16), patch.object(value_counts, "_FIRST_SLOTS", 8):
        counts = counts_of(values)
    assert len(counts.keys) <= 16
    assert (counts.shift > 0) == (len(set(values)) > 16)
    expected = Counter((keys_of(np.array(values)) >> np.uint64(counts.shift)).tolist())
    assert dict(zip(counts.keys.tolist(), counts.counts[:, 0].tolist(), strict=True)) == expected
    if counts.shift:
        finer = Counter((keys_of(np.array(values)) >> np.uint64(counts.shift - 1)).tolist())
        assert len(finer) > 16, "no bit more is lost than must be"
    normal = (np.abs(counts.lows) >= 2.0**-1022) & (np.abs(counts.highs) >= 2.0**-1022) & (counts.shift <= 52)
    width = (counts.highs - counts.lows)[normal]
    assert (width <= counts.resolution * np.minimum(np.abs(counts.lows), np.abs(counts.highs))[normal]).all()
