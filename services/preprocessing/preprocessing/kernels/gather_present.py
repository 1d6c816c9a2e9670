"""Gather a column's present values by split, and count the missing ones: the input of all other numeric kernels."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import is_valid, read_i64, read_u64

MISSING, NAN, INFINITE, MISSING_POSITIVE, WIDE = range(5)
"""Counters of a split: missing values; of these NaN, infinite, and in a row with a positive label; and present values that are
integers beyond 2^53, which doubles round."""
COUNTERS = 5

FLOAT32_LIMIT = np.uint64(0x47EFFFFFF0000000)
"""The bits of the smallest double that rounds to a float32 infinity: 2^128 - 2^103."""
INFINITY = np.uint64(0x7FF0000000000000)
"""The bits of the infinity of doubles."""
_MAGNITUDE = np.uint64(0x7FFFFFFFFFFFFFFF)
_WIDE = 1 << 53


@njit(inline="always")
def _count_missing(counters, split, positive):
    counters[split, MISSING] += 1
    counters[split, MISSING_POSITIVE] += np.int64(positive)


@njit(cache=True, nogil=True)
def gather_floats(values, bitmap, start, codes, positives, counters, out, ends, limit):
    """Copy the values of a float64 column whose magnitude has bits below `limit`, uint64; count the others.

    `values`, `bitmap`: addresses; `start`: the slice's offset; `codes`: uint8 per row, 0 for a row left out; `positives`: bool
    per row, true for a positive label. Adds to `counters`, int64 [splits, COUNTERS]. The values of a split are appended to `out`,
    uint64 (their bits; -0.0 becomes 0.0), from `ends[split]`, int64 [splits], which advances.
    """
    for row in range(len(codes)):
        if codes[row] == 0:
            continue
        split = np.int64(codes[row]) - 1
        position = row + start
        if not is_valid(bitmap, position):
            _count_missing(counters, split, positives[row])
            continue
        bits = read_u64(values + 8 * position)
        size = bits & _MAGNITUDE
        if size >= limit:
            _count_missing(counters, split, positives[row])
            counters[split, NAN if size > INFINITY else INFINITE] += 1
            continue
        out[ends[split]] = bits if size != 0 else np.uint64(0)
        ends[split] += 1


@njit(cache=True, nogil=True)
def gather_integers(values, bitmap, start, codes, positives, counters, out, ends):
    """Copy the values of an int64 column, as `gather_floats` does."""
    for row in range(len(codes)):
        if codes[row] == 0:
            continue
        split = np.int64(codes[row]) - 1
        position = row + start
        if not is_valid(bitmap, position):
            _count_missing(counters, split, positives[row])
            continue
        value = read_i64(values + 8 * position)
        counters[split, WIDE] += np.int64(not -_WIDE <= value <= _WIDE)
        out[ends[split]] = np.uint64(value)
        ends[split] += 1
