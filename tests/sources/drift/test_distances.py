"""Distances of two distributions: by hand, against SciPy, numpy and dictionaries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from contracts.dataset.value_counts import VALUE_COUNTS, PublishedCounts
from sources.drift.distances import BINS, AlignedNumbers, NumberCounts, align_numbers, align_tokens, distances
from sources.drift.sortable_keys import doubles, keys_of


@pytest.mark.parametrize(
    ("here", "there", "l_infinity", "place", "jensen_shannon"),
    [
        ([1, 0], [0, 5], 1.0, 0, 1.0),
        ([3, 3], [1, 1], 0.0, 0, 0.0),
        # p = (1/2, 1/2), q = (1, 0), m = (3/4, 1/4): KL(p, m) = 1/2 log2(2/3) + 1/2 log2(2) and KL(q, m) = log2(4/3)
        ([1, 1], [2, 0], 0.5, 0, (0.5 * math.log2(2 / 3) + 0.5 + math.log2(4 / 3)) / 2),
        ([2, 2, 6], [1, 5, 4], 0.3, 1, None),
        ([0, 0], [1, 2], None, None, None),
        ([1, 2], [0, 0], None, None, None),
    ],
)
def test_distances_by_hand(
    here: list[int], there: list[int], l_infinity: float | None, place: int | None, jensen_shannon: float | None
) -> None:
    found = distances(np.array(here), np.array(there))
    assert found.l_infinity == (None if l_infinity is None else pytest.approx(l_infinity, abs=1e-15))
    assert found.place == place
    if jensen_shannon is not None:
        assert found.jensen_shannon == pytest.approx(jensen_shannon, abs=1e-15)


def test_no_categories_have_no_distance() -> None:
    nothing = np.array([], np.int64)
    assert distances(nothing, nothing).l_infinity is None


COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30)


@settings(max_examples=200)
@given(counts=COUNTS)
def test_the_divergence_is_scipys(counts: list[tuple[int, int]]) -> None:
    here, there = np.array(counts, np.int64).T
    found = distances(here, there)
    if not here.sum() or not there.sum():
        assert found.jensen_shannon is None
        return
    assert found.jensen_shannon == pytest.approx(float(jensenshannon(here, there, base=2)) ** 2, abs=1e-12)
    assert distances(here, here).jensen_shannon == 0.0
    assert distances(here, here * 7).l_infinity == pytest.approx(0.0, abs=1e-15)


TOKENS = st.dictionaries(st.integers(0, 2**64 - 1) | st.integers(0, 50), st.integers(1, 100), max_size=40)


@settings(max_examples=200)
@given(here=TOKENS, there=TOKENS)
def test_tokens_are_matched_as_a_dictionary_would(here: dict[int, int], there: dict[int, int]) -> None:
    ours, theirs = np.array(list(here), np.uint64), np.array(list(there), np.uint64)
    found = align_tokens(
        ours, np.array(list(here.values()), np.int64), theirs, np.array(list(there.values()), np.int64)
    )
    matched = {}
    rows = zip(found.here, found.there, found.place_here, found.place_there, strict=True)
    for count, other, place, other_place in rows:
        token = ours[int(place)] if place >= 0 else theirs[int(other_place)]
        matched[int(token)] = (int(count), int(other))
    assert matched == {token: (here.get(token, 0), there.get(token, 0)) for token in here.keys() | there.keys()}


def counted(values: Any, shift: int = 0) -> NumberCounts:
    keys, counts = np.unique(keys_of(np.asarray(values, np.float64)) >> np.uint64(shift), return_counts=True)
    return NumberCounts(shift, keys, counts.astype(np.int64))


def test_numbers_of_unlike_resolution_are_compared_by_the_same_bins() -> None:
    rng = np.random.default_rng(2)
    few, many = np.floor(rng.exponential(20, 5_000)), rng.exponential(20, 50_000)
    fine, coarse = counted(few), counted(many, 42)
    aligned = align_numbers(fine, coarse)
    assert (aligned.here.sum(), aligned.there.sum()) == (5_000, 50_000)
    binned = aligned.binned()
    assert len(binned.lows) <= BINS
    edges = [*binned.lows, math.inf]
    np.testing.assert_array_equal(binned.here, np.histogram(few, edges)[0])
    np.testing.assert_array_equal(binned.there, np.histogram(many, edges)[0])
    cut = np.sort(np.concatenate([few, many]))
    exact = max(abs((few <= x).mean() - (many <= x).mean()) for x in cut[::37])
    assert aligned.kolmogorov_smirnov() == pytest.approx(exact, abs=0.01)
    assert align_numbers(coarse, coarse).kolmogorov_smirnov() == 0.0


def test_a_frequent_value_ends_its_bin_and_leaves_the_others_narrow() -> None:
    values = [*range(300), *[150] * 5_000]
    binned = align_numbers(counted(values), counted(values)).binned()
    place = int(np.searchsorted(binned.lows, 151)) - 1
    assert binned.lows[place + 1] == 151.0
    assert binned.here[place] >= 5_001
    assert all(np.delete(binned.here, place) <= len(values) / BINS + 1)


def test_few_values_stay_apart_and_one_side_may_be_empty() -> None:
    nothing = NumberCounts(0, np.array([], np.uint64), np.array([], np.int64))
    aligned = align_numbers(counted([1, 2]), nothing)
    assert aligned.binned() is aligned
    assert aligned.lows.tolist() == [1.0, 2.0]
    assert aligned.kolmogorov_smirnov() is None
    assert len(align_numbers(nothing, nothing).lows) == 0
    many = AlignedNumbers(np.arange(200), np.zeros(200, np.int64), np.arange(200.0))
    assert many.binned().there.sum() == 0
    assert many.binned().here.sum() == many.here.sum()


def test_stored_counts_are_read_without_empty_intervals() -> None:
    lows = np.array([-1.5, 0.0, 2.0])
    splits = [pa.array(counts, pa.int64()) for counts in ([3, 0, 1], [0, 0, 0], [0, 5, 0])]
    batch = pa.record_batch([pa.array(lows), pa.array(lows), *splits], schema=VALUE_COUNTS)
    train = NumberCounts.published(PublishedCounts(0, batch), "train")
    assert (doubles(train.keys).tolist(), train.counts.tolist()) == ([-1.5, 2.0], [3, 1])
    assert len(NumberCounts.published(PublishedCounts(0, batch), "validation").keys) == 0
    coarse = NumberCounts.published(PublishedCounts(8, batch), "test")
    assert (coarse.shift, doubles(coarse.keys << np.uint64(8)).tolist()) == (8, [0.0])
