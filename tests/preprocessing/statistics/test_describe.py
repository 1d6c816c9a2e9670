"""Published statistics of a column from its sums."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.number_states import described, state_of
from tests.preprocessing.runs import Rows, add

from preprocessing.kernels.exact_sums import SUM_BIAS
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.describe import (
    TOP_TOKENS,
    accuracy,
    categorical_statistics,
    missing_and_label,
    missing_and_number_label,
    numeric_statistics,
)
from preprocessing.statistics.value_counts import CAPACITY
from preprocessing.vocabularies.token_sums import TokenSums, token_sums
from preprocessing.vocabularies.token_table import TokenTable

FLAGS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30)


def sums_of(rows: Rows) -> TokenSums:
    table = TokenTable()
    add(table, rows)
    return token_sums(table)[0]


@settings(max_examples=100)
@given(rows=FLAGS)
def test_missing_and_a_binary_label_correlate_as_numpy_has_it(rows: list[tuple[bool, bool]]) -> None:
    """Each row: whether the value is missing, and its label."""
    missing = sum(gone for gone, _ in rows)
    positives = sum(gone and label for gone, label in rows)
    both = missing_and_label(RowSums(len(rows), sum(label for _, label in rows), 0), missing, positives)
    absent, present = [label for gone, label in rows if gone], [label for gone, label in rows if not gone]
    assert both.mean_where_missing == (np.mean(absent) if absent else None)
    assert both.mean_where_present == (np.mean(present) if present else None)
    if len({gone for gone, _ in rows}) == len({label for _, label in rows}) == 2:
        assert both.correlation == pytest.approx(np.corrcoef(np.array(rows, float).T)[0, 1], abs=1e-12)
    else:
        assert both.correlation is None


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(st.booleans(), st.integers(-1000, 1000)), max_size=30))
def test_missing_and_a_number_correlate_as_numpy_has_it(rows: list[tuple[bool, int]]) -> None:
    labels = np.array([label for _, label in rows], float)
    gone = np.array([missing for missing, _ in rows], bool)
    total, absent = (int(part.sum()) << SUM_BIAS for part in (labels, labels[gone]))
    deviation = float(labels.std()) if len(rows) else None
    both = missing_and_number_label(len(rows), int(gone.sum()), total, absent, deviation)
    assert both.mean_where_missing == (pytest.approx(labels[gone].mean()) if gone.any() else None)
    assert both.mean_where_present == (pytest.approx(labels[~gone].mean()) if (~gone).any() else None)
    if gone.any() and (~gone).any() and deviation:
        assert both.correlation == pytest.approx(np.corrcoef(gone, labels)[0, 1], abs=1e-9)
    else:
        assert both.correlation is None


def test_a_categorical_column_is_described() -> None:
    rows: Rows = [(b"b", 1, True), (None, 1, True), (b"a", 1, False), (b"b", 1, False), (b"\xff\xff", 1, False)]
    statistics = categorical_statistics(sums_of(rows), RowSums(5, 2, 0))
    assert (statistics.count, statistics.missing, statistics.missing_share) == (4, 1, 0.2)
    assert (statistics.distinct, statistics.average_length, statistics.invalid_utf8) == (3, 1.25, 1)
    assert [(top.token, top.count, top.label_mean) for top in statistics.top] == [
        (b"b", 2, 0.5),
        (b"a", 1, 0.0),
        (b"\xff\xff", 1, 0.0),
    ]
    assert statistics.ranks is not None
    assert (statistics.ranks.ranks, statistics.ranks.counts) == ([0, 1, 2, 3], [2, 1, 1])
    assert statistics.label is not None
    assert statistics.label.mean_where_missing == 1.0


def test_a_split_without_rows_has_no_shares() -> None:
    statistics = categorical_statistics(sums_of([]), RowSums(0, 0, 0))
    assert (statistics.count, statistics.missing, statistics.missing_share, statistics.average_length) == (
        0,
        0,
        None,
        None,
    )
    assert statistics.top == []
    assert statistics.ranks is not None
    assert (statistics.ranks.ranks, statistics.ranks.counts) == ([0], [])
    numeric = numeric_statistics(state_of(np.empty(0)), 0, RowSums(0, 0, 0))
    assert (numeric.count, numeric.missing_share, numeric.mean, numeric.quantiles) == (0, None, None, None)


@settings(max_examples=40)
@given(counts=st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_ranks_double_and_hold_the_values_of_their_tokens(counts: list[int]) -> None:
    rows: Rows = [(b"%02d" % token, 1, False) for token, count in enumerate(counts) for _ in range(count)]
    statistics = categorical_statistics(sums_of(rows), RowSums(len(rows), 0, 0))
    assert statistics.ranks is not None
    ranks = statistics.ranks.ranks
    assert ranks[-1] == len(counts)
    assert all(rank == 1 << place for place, rank in enumerate(ranks[1:-1]))
    ordered = sorted(counts, reverse=True)
    assert statistics.ranks.counts == [sum(ordered[a:b]) for a, b in pairwise(ranks)]
    assert len(statistics.top) == min(len(counts), TOP_TOKENS)


def test_the_deviation_does_not_cancel_away() -> None:
    found = described(state_of([1.7e9 + offset for offset in (0.0, 1.0, 2.0)]), 3)
    assert found.mean == 1.7e9 + 1
    assert found.std == math.sqrt(2 / 3)


@pytest.mark.parametrize("size", [1e-300, 5e-324, 3e38])
def test_moments_of_extreme_numbers_neither_overflow_nor_underflow(size: float) -> None:
    found = described(state_of([size, -size, size, -size]), 4)
    assert (found.mean, found.std) == (0.0, size)
    assert described(state_of([size, 0.0]), 2).std == pytest.approx(float(Fraction(size) / 2), rel=1e-15)


def test_quantiles_that_are_asked_for_are_published() -> None:
    statistics = numeric_statistics(state_of([1.0, 2.0, 4.0]), 0, RowSums(3, 0, 0), [0.123])
    assert statistics.quantiles is not None
    assert 0.123 in statistics.quantiles.probabilities
    assert statistics.quantiles.at(0.123) == pytest.approx(1.246)


def test_values_and_rows_must_agree() -> None:
    with pytest.raises(AssertionError, match="must agree"):
        described(state_of([1.0, 2.0]), 3)


def test_estimates_state_their_bounds() -> None:
    bounds = accuracy()
    assert bounds.exact_up_to == CAPACITY
    assert 0 < bounds.kll_rank_error < 0.003
    assert 0 < bounds.hll_relative_standard_error < 0.0085
