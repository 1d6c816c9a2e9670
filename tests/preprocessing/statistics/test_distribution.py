"""Quantiles, histograms and moments from counts, against NumPy on the values one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.statistics.distribution import EQUAL_COUNTS, EQUAL_WIDTHS, TAILS, Distribution
from preprocessing.statistics.value_counts import ValueCounts
from sources.drift.sortable_keys import keys_of

COUNTED = st.dictionaries(st.floats(-1e6, 1e6).map(lambda v: v + 0.0), st.integers(1, 5), min_size=1, max_size=12)
SHARES = [0.0, 0.001, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.999, 1.0]


def exact(counted: dict[float, int]) -> tuple[Distribution, np.ndarray]:
    values = np.array(sorted(counted))
    counts = np.array([counted[value] for value in values.tolist()], np.int64)
    return Distribution(values, values, counts), np.repeat(values, counts)


@settings(max_examples=80)
@given(counted=COUNTED)
def test_quantiles_of_exact_counts_are_numpys(counted: dict[float, int]) -> None:
    distribution, values = exact(counted)
    np.testing.assert_allclose(distribution.quantiles(SHARES), np.quantile(values, SHARES), rtol=1e-12, atol=1e-6)
    assert distribution.quantiles([0.0, 1.0]).tolist() == [values[0], values[-1]]


@settings(max_examples=80)
@given(counted=COUNTED)
def test_histograms_of_exact_counts_are_numpys(counted: dict[float, int]) -> None:
    distribution, values = exact(counted)
    for histogram in (
        distribution.equal_widths(values[0], values[-1]),
        distribution.equal_counts(values[0], values[-1], distribution.published_quantiles()),
    ):
        assert (histogram.edges[0], histogram.edges[-1]) == (values[0], values[-1])
        assert histogram.counts == np.histogram(values, histogram.edges)[0].tolist()
        assert sum(histogram.counts) == len(values)


@settings(max_examples=80)
@given(counted=COUNTED)
def test_logarithmic_moments_are_those_of_the_values(counted: dict[float, int]) -> None:
    distribution, values = exact(counted)
    logs = np.copysign(np.log1p(np.abs(values)), values)
    assert distribution.log1p_moments() == pytest.approx((logs.mean(), logs.std()), abs=1e-9)


def test_buckets_are_as_many_as_there_may_be() -> None:
    distribution, _ = exact({float(value): 1 for value in range(1000)})
    widths = distribution.equal_widths(0.0, 999.0)
    assert len(widths.counts) == EQUAL_WIDTHS
    assert np.diff(widths.edges) == pytest.approx(999 / EQUAL_WIDTHS)
    assert (
        distribution.equal_counts(0.0, 999.0, distribution.published_quantiles()).counts
        == [1000 // EQUAL_COUNTS] * EQUAL_COUNTS
    )


def test_a_single_value_has_a_single_bucket() -> None:
    distribution, _ = exact({2.5: 7})
    for histogram in (
        distribution.equal_widths(2.5, 2.5),
        distribution.equal_counts(2.5, 2.5, distribution.published_quantiles()),
    ):
        assert (histogram.edges, histogram.counts) == ([2.5, 2.5], [7])


def test_published_quantiles_are_percentiles_tails_and_those_asked_for() -> None:
    quantiles = exact({1.0: 1, 2.0: 1})[0].published_quantiles([0.5, 1 / 3])
    assert quantiles.probabilities == sorted({*(i / 100 for i in range(101)), *TAILS, 1 / 3})
    assert quantiles.at(1 / 3) == pytest.approx(1 + 1 / 3)


@settings(max_examples=60)
@given(values=st.lists(st.floats(1.0, 1e6), min_size=1, max_size=30), shift=st.sampled_from([40, 48, 52]))
def test_values_of_intervals_are_near_the_true_ones(values: list[float], shift: int) -> None:
    ordered = np.sort(values)
    keys, counts = np.unique(keys_of(ordered) >> np.uint64(shift), return_counts=True)
    counted = ValueCounts(shift, keys, counts.reshape(-1, 1))
    distribution = Distribution.of(counted, 0, float(ordered[0]), float(ordered[-1]))
    assert distribution is not None
    found = distribution.quantiles(SHARES)
    assert (np.diff(found) >= 0).all()
    assert ordered[0] <= found[0]
    assert found[-1] <= ordered[-1]
    ranks = np.array(SHARES) * (len(values) - 1)
    slack = 1 + counted.resolution
    assert (found <= ordered[np.ceil(ranks).astype(int)] * slack).all()
    assert (found * slack >= ordered[np.floor(ranks).astype(int)]).all()


def test_only_the_values_of_the_split_count() -> None:
    counted = ValueCounts(0, keys_of(np.array([1.0, 2.0, 3.0])), np.array([[1, 0, 0], [0, 4, 0], [2, 1, 0]]))
    train, validation = (Distribution.of(counted, split, 1.0, 3.0) for split in (0, 1))
    assert train is not None
    assert validation is not None
    assert (train.values.tolist(), train.counts.tolist()) == ([1.0, 3.0], [1, 2])
    assert (validation.values.tolist(), validation.counts.tolist()) == ([2.0, 3.0], [4, 1])
    assert Distribution.of(counted, 2, 1.0, 3.0) is None
