"""Exact sums of numbers and of their squares, so that statistics do not depend on the order of the rows.

A double is an integer times a power of two. Each value, and each square, is added into a long fixed-point number of
32-bit limbs held in int64s, so that carries can wait. Sums of such numbers are integers: they merge in any order to the
same value, and the mean and the deviation are rounded once, at the end. (Kulisch, "Computer Arithmetic and Validity", 2013,
chapter 8; here in the form of small superaccumulators, Neal, arXiv:1505.05571.)
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import is_valid, read_f64, read_i64, read_u64

SUM_BIAS = 34 * 32
"""Bits below the binary point of a sum: the smallest double is 2^-1074."""
SQUARE_BIAS = 2 * SUM_BIAS
SUM_LIMBS = 34 + 4 + 4
"""Values are below 2^128 (float32's range), and up to 2^62 of them are added."""
SQUARE_LIMBS = 68 + 8 + 6

COUNT, MISSING, INFINITE, ZEROS, NEGATIVE = range(5)
COUNTERS = 5

_FLOAT32_LIMIT = np.uint64(0x47EFFFFFF0000000)
"""The bits of the smallest double that rounds to a float32 infinity: 2^128 - 2^103."""
_LOW = np.uint64(0xFFFFFFFF)
_SMALL = 1 << 21


@njit(inline="always")
def _add(limbs, mantissa, exponent, negative):
    """Add mantissa * 2^exponent (exponent already biased, so not negative)."""
    limb = exponent >> 5
    shift = np.uint64(exponent & 31)
    low = (mantissa & _LOW) << shift
    high = (mantissa >> np.uint64(32)) << shift
    first = np.int64(low & _LOW)
    middle = np.int64((low >> np.uint64(32)) + (high & _LOW))
    last = np.int64(high >> np.uint64(32))
    if negative:
        limbs[limb] -= first
        limbs[limb + 1] -= middle
        limbs[limb + 2] -= last
    else:
        limbs[limb] += first
        limbs[limb + 1] += middle
        limbs[limb + 2] += last


@njit(inline="always")
def _add_square(limbs, mantissa, exponent):
    """Add (mantissa * 2^exponent)^2, exponent without bias."""
    high = mantissa >> np.uint64(32)
    low = mantissa & _LOW
    base = 2 * exponent + SQUARE_BIAS
    _add(limbs, low * low, base, False)  # noqa: FBT003 - numba takes no names
    if high != 0:
        _add(limbs, high * low, base + 33, False)  # noqa: FBT003
        _add(limbs, high * high, base + 64, False)  # noqa: FBT003


@njit(cache=True, nogil=True)
def add_floats(values, bitmap, start, splits, counters, sums, squares, extremes):
    """Add a float64 column to the running state of each split.

    `values`, `bitmap`: addresses; `start`: the slice's offset; `splits`: uint8 per row, 0 for a row left out.
    State, by split 1, 2, 3 less one: `counters` int64 [3, COUNTERS], `sums` int64 [3, SUM_LIMBS], `squares` int64
    [3, SQUARE_LIMBS], `extremes` float64 [3, 2]. NaN and null are missing; what float32 cannot hold is missing and infinite.
    """
    for row in range(len(splits)):
        if splits[row] == 0:
            continue
        split = np.int64(splits[row]) - 1
        position = row + start
        if not is_valid(bitmap, position):
            counters[split, MISSING] += 1
            continue
        bits = read_u64(values + 8 * position)
        size = bits & np.uint64(0x7FFFFFFFFFFFFFFF)
        if size >= _FLOAT32_LIMIT:
            counters[split, MISSING] += 1
            if size <= np.uint64(0x7FF0000000000000):
                counters[split, INFINITE] += 1
            continue
        counters[split, COUNT] += 1
        negative = bits != size
        if size == 0:
            counters[split, ZEROS] += 1
        else:
            biased = np.int64(size >> np.uint64(52))
            mantissa = size & np.uint64(0xFFFFFFFFFFFFF)
            exponent = -1074
            if biased != 0:
                mantissa |= np.uint64(1) << np.uint64(52)
                exponent = biased - 1075
            if negative:
                counters[split, NEGATIVE] += 1
            _add(sums[split], mantissa, exponent + SUM_BIAS, negative)
            _add_square(squares[split], mantissa, exponent)
        value = read_f64(values + 8 * position)
        extremes[split, 0] = min(extremes[split, 0], value)
        extremes[split, 1] = max(extremes[split, 1], value)


@njit(cache=True, nogil=True)
def add_integers(values, bitmap, start, splits, counters, sums, squares, extremes):
    """Add an int64 column to the running state of each split; arguments as in `add_floats`. At most 2^21 rows."""
    small = np.zeros((3, 2), np.int64)
    for row in range(len(splits)):
        if splits[row] == 0:
            continue
        split = np.int64(splits[row]) - 1
        position = row + start
        if not is_valid(bitmap, position):
            counters[split, MISSING] += 1
            continue
        value = read_i64(values + 8 * position)
        counters[split, COUNT] += 1
        if value == 0:
            counters[split, ZEROS] += 1
        elif value < 0:
            counters[split, NEGATIVE] += 1
        if -_SMALL < value < _SMALL:
            small[split, 0] += value
            small[split, 1] += value * value
        else:
            mantissa = np.uint64(value) if value > 0 else np.uint64(0) - np.uint64(value)
            _add(sums[split], mantissa, SUM_BIAS, value < 0)
            _add_square(squares[split], mantissa, 0)
        extremes[split, 0] = min(extremes[split, 0], np.float64(value))
        extremes[split, 1] = max(extremes[split, 1], np.float64(value))
    for split in range(3):
        total = small[split, 0]
        _add(sums[split], np.uint64(abs(total)), SUM_BIAS, total < 0)
        _add(squares[split], np.uint64(small[split, 1]), SQUARE_BIAS, False)  # noqa: FBT003
