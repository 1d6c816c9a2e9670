"""Sums and sums of squares, against exact fractions."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels import exact_sums

LARGEST = 1e100
"""The largest label; features are float32s."""
DOUBLES = st.one_of(
    st.floats(-LARGEST, LARGEST), st.integers(-3, 3).map(float), st.sampled_from([-0.0, 5e-324, LARGEST, -LARGEST])
)
INTEGERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9), st.sampled_from([2**21 - 1, 2**21, -(2**21), -(2**63)])
)
Limbs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def limbs() -> Limbs:
    return np.zeros(exact_sums.SUM_LIMBS, np.int64), np.zeros(exact_sums.SQUARE_LIMBS, np.int64)


def totals(found: Limbs) -> tuple[Fraction, Fraction]:
    total, square = (sum(int(limb) << (32 * i) for i, limb in enumerate(part)) for part in found)
    return Fraction(total, 1 << exact_sums.SUM_BIAS), Fraction(square, 1 << exact_sums.SQUARE_BIAS)


@settings(max_examples=100)
@given(values=st.lists(DOUBLES, max_size=30), order=st.randoms(use_true_random=False))
def test_sums_of_doubles_are_exact_in_any_order(values: list[float], order: random.Random) -> None:
    order.shuffle(values)
    found = limbs()
    exact_sums.add_floats(np.array(values, np.float64).view(np.uint64), *found)
    assert totals(found) == (sum(map(Fraction, values)), sum(Fraction(value) ** 2 for value in values))


@settings(max_examples=100)
@given(counted=st.lists(st.tuples(DOUBLES, st.one_of(st.integers(0, 5), st.integers(0, 2**40))), max_size=15))
def test_counted_doubles_add_up_as_often_as_they_occur(counted: list[tuple[float, int]]) -> None:
    found = limbs()
    values, counts = np.array([v for v, _ in counted], np.float64), np.array([n for _, n in counted], np.int64)
    exact_sums.add_counted(values.view(np.uint64), counts, *found)
    assert totals(found) == (sum(Fraction(v) * n for v, n in counted), sum(Fraction(v) ** 2 * n for v, n in counted))


@settings(max_examples=100)
@given(values=st.lists(INTEGERS, max_size=30))
def test_sums_of_integers_are_exact(values: list[int]) -> None:
    found = limbs()
    exact_sums.add_integers(np.array(values, np.int64), *found)
    assert totals(found) == (sum(values), sum(value**2 for value in values))


@pytest.mark.parametrize("value", [(1 << 21) - 1, -(1 << 21) + 1])
def test_as_many_small_integers_as_allowed_do_not_overflow(value: int) -> None:
    found = limbs()
    exact_sums.add_integers(np.full(1 << 21, value, np.int64), *found)
    assert totals(found) == (value << 21, value**2 << 21)


def test_rows_are_summed_by_code_and_fingerprints_wrap() -> None:
    sums = np.zeros((4, exact_sums.ROW_SUMS), np.uint64)
    codes = np.array([0, 2, 2, 3], np.uint8)
    fingerprints = np.array([1, 2**64 - 1, 5, 9], np.uint64)
    exact_sums.add_rows(codes, np.array([True, True, False, True]), fingerprints, sums)
    assert sums.tolist() == [[1, 1, 1], [0, 0, 0], [2, 1, 4], [1, 1, 9]]
