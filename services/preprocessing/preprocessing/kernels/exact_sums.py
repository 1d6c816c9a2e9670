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

SUM_BIAS = 34 * 32
"""Bits below the binary point of a sum: the smallest double is 2^-1074."""
SQUARE_BIAS = 2 * SUM_BIAS
SUM_LIMBS = 34 + 11 + 4
"""Values are below 2^352 (features are float32s, labels at most 1e100), and up to 2^62 of them are added."""
SQUARE_LIMBS = 68 + 22 + 6
ROW_SUMS = 3

_POSITIVE = False
_LOW = np.uint64(0xFFFFFFFF)
_MAGNITUDE = np.uint64(0x7FFFFFFFFFFFFFFF)
_SMALL = 1 << 21
"""Sums of whole numbers and of squares below it fit an int64 for 2^21 values."""


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
    """Add mantissa^2 * 2^exponent (exponent already biased)."""
    high = mantissa >> np.uint64(32)
    low = mantissa & _LOW
    _add(limbs, low * low, exponent, _POSITIVE)
    if high != 0:
        _add(limbs, high * low, exponent + 33, _POSITIVE)
        _add(limbs, high * high, exponent + 64, _POSITIVE)


@njit(inline="always")
def _parts(bits):
    """Return a finite double's mantissa and exponent."""
    size = bits & _MAGNITUDE
    biased = np.int64(size >> np.uint64(52))
    mantissa = size & np.uint64(0xFFFFFFFFFFFFF)
    if biased == 0:
        return mantissa, np.int64(-1074)
    return mantissa | (np.uint64(1) << np.uint64(52)), biased - 1075


@njit(cache=True, nogil=True)
def add_rows(codes, positive, fingerprints, sums):
    """Add rows to `sums`, uint64 [codes, ROW_SUMS].

    By code: the number of rows, the number with a positive label, and the sum of their fingerprints mod 2^64.
    """
    for row in range(len(codes)):
        code = codes[row]
        sums[code, 0] += np.uint64(1)
        sums[code, 1] += np.uint64(positive[row])
        sums[code, 2] += fingerprints[row]


@njit(cache=True, nogil=True)
def add_floats(bits, sums, squares):
    """Add doubles, given as their bits: uint64, to `sums` int64 [SUM_LIMBS], their squares to `squares` int64 [SQUARE_LIMBS]."""
    for i in range(len(bits)):
        mantissa, exponent = _parts(bits[i])
        _add(sums, mantissa, exponent + SUM_BIAS, bits[i] > _MAGNITUDE)
        _add_square(squares, mantissa, 2 * exponent + SQUARE_BIAS)


@njit(cache=True, nogil=True)
def add_counted(bits, counts, sums, squares):
    """Add doubles as `add_floats` does, each `counts` times: int64, not negative."""
    for i in range(len(bits)):
        mantissa, exponent = _parts(bits[i])
        bit, left = 0, counts[i]
        while left:
            if left & 1:
                _add(sums, mantissa, exponent + bit + SUM_BIAS, bits[i] > _MAGNITUDE)
                _add_square(squares, mantissa, 2 * exponent + bit + SQUARE_BIAS)
            left >>= 1
            bit += 1


@njit(cache=True, nogil=True)
def add_integers(values, sums, squares):
    """Add integers as `add_floats` adds doubles: int64, at most 2^21 of them."""
    total = square = np.int64(0)
    for i in range(len(values)):
        value = values[i]
        if -_SMALL < value < _SMALL:
            total += value
            square += value * value
        else:
            mantissa = np.uint64(value) if value > 0 else np.uint64(0) - np.uint64(value)
            _add(sums, mantissa, SUM_BIAS, value < 0)
            _add_square(squares, mantissa, SQUARE_BIAS)
    _add(sums, np.uint64(abs(total)), SUM_BIAS, total < 0)
    _add(squares, np.uint64(square), SQUARE_BIAS, _POSITIVE)
