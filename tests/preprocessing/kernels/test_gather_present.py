"""Present values by split and counts of the missing ones, against plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels import gather_present
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.gather_present import (
    COUNTERS,
    INFINITE,
    MISSING,
    MISSING_POSITIVE,
    NAN,
    WIDE,
    gather_floats,
    gather_integers,
)

SPLITS = 3
FLOAT32_LIMIT = 2.0**128 - 2.0**103

FLOATS = st.one_of(
    st.none(),
    st.floats(),
    st.sampled_from([-0.0, FLOAT32_LIMIT, math.nextafter(FLOAT32_LIMIT, 0), -FLOAT32_LIMIT, math.inf, math.nan]),
)
INTEGERS = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.sampled_from([2**53, 2**53 + 1, -(2**53), -(2**53) - 1])
)
Rows = list[tuple[Any, int, bool]]


def gathered(
    gather: Any, kind: pa.DataType, rows: Rows, limit: Any = gather_present.FLOAT32_LIMIT
) -> tuple[list[npt.NDArray[np.uint64]], list[list[int]]]:
    """The bits of each split's values, and the counters of each split; the rows come as a slice of a longer array."""
    array = pa.array([None, *(value for value, _, _ in rows)], kind, from_pandas=False).slice(1)
    codes = np.array([code for _, code, _ in rows], np.uint8)
    begins = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=4)[1:])[:-1]]).astype(np.int64)
    counters, out, ends = np.zeros((SPLITS, COUNTERS), np.int64), np.empty(len(rows), np.uint64), begins.copy()
    addresses = column(array)
    positives = np.array([positive for _, _, positive in rows], np.bool_)
    more = () if gather is gather_integers else (limit,)
    gather(addresses.values, addresses.bitmap, addresses.start, codes, positives, counters, out, ends, *more)
    return [out[begin:end] for begin, end in zip(begins, ends, strict=True)], counters.tolist()


def by_split(rows: Rows) -> list[list[tuple[Any, bool]]]:
    """Return the values of each split, with whether the row's label is positive."""
    return [[(value, positive) for value, code, positive in rows if code == split + 1] for split in range(SPLITS)]


def missing_counters(missing: list[tuple[Any, bool]]) -> list[int]:
    """Return the counters of a split with these missing values and nothing else to count."""
    expected = [0] * COUNTERS
    expected[MISSING] = len(missing)
    expected[MISSING_POSITIVE] = sum(positive for _, positive in missing)
    return expected


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(FLOATS, st.integers(0, 3), st.booleans()), max_size=20))
def test_floats_that_float32_can_hold_are_kept_in_order(rows: Rows) -> None:
    values, counters = gathered(gather_floats, pa.float64(), rows)
    for split, here in enumerate(by_split(rows)):
        kept = [value + 0.0 for value, _ in here if value is not None and abs(value) < FLOAT32_LIMIT]
        assert values[split].tolist() == np.array(kept, np.float64).view(np.uint64).tolist()
        gone = [(value, positive) for value, positive in here if value is None or not abs(value) < FLOAT32_LIMIT]
        expected = missing_counters(gone)
        expected[NAN] = sum(value is not None and math.isnan(value) for value, _ in gone)
        expected[INFINITE] = sum(value is not None and not math.isnan(value) for value, _ in gone)
        assert counters[split] == expected


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(INTEGERS, st.integers(0, 3), st.booleans()), max_size=20))
def test_integers_are_all_kept_and_wide_ones_counted(rows: Rows) -> None:
    values, counters = gathered(gather_integers, pa.int64(), rows)
    for split, here in enumerate(by_split(rows)):
        kept = [value for value, _ in here if value is not None]
        assert values[split].view(np.int64).tolist() == kept
        expected = missing_counters([(value, positive) for value, positive in here if value is None])
        expected[WIDE] = sum(float(value) != value or abs(value) > 2**53 for value in kept)
        assert counters[split] == expected


@pytest.mark.parametrize(("value", "kept"), [(math.nextafter(FLOAT32_LIMIT, 0), True), (FLOAT32_LIMIT, False)])
def test_the_limit_is_where_float32_becomes_infinite(value: float, *, kept: bool) -> None:
    with np.errstate(over="ignore"):
        assert np.isfinite(np.float32(value)) == kept
    values, _ = gathered(gather_floats, pa.float64(), [(value, 1, False)])
    assert len(values[0]) == kept


def test_without_a_limit_all_finite_numbers_are_kept() -> None:
    given_values = [FLOAT32_LIMIT, -1e100, math.inf, math.nan, None, 5e-324]
    rows: Rows = [(value, 1, False) for value in given_values]
    values, counters = gathered(gather_floats, pa.float64(), rows, gather_present.INFINITY)
    assert values[0].view(np.float64).tolist() == [FLOAT32_LIMIT, -1e100, 5e-324]
    assert (counters[0][MISSING], counters[0][NAN], counters[0][INFINITE]) == (3, 1, 1)
