"""Numbers as whole numbers that order as they do: the keys by which values are counted (`contracts.value_counts`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Uint64s = npt.NDArray[np.uint64]
Float64s = npt.NDArray[np.float64]

_SIGN = np.uint64(1 << 63)


def keys_of(values: Float64s) -> Uint64s:
    """The keys of doubles, none of them NaN: their bits, turned so that negative numbers come first."""
    bits = values.view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def doubles(keys: Uint64s) -> Float64s:
    """The values of whole keys: the inverse of `keys_of`."""
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).view(np.float64)


def least_shift(keys: Uint64s, most: int) -> int:
    """How many last bits ascending keys must lose, at least, for at most `most` different ones to be left."""
    apart = keys[1:] ^ keys[:-1]
    if len(apart) < most:
        return 0
    # Neighbours are told apart by the highest bit in which they differ: fewer than `most` of them may be.
    return int(np.partition(apart, len(apart) - most)[len(apart) - most]).bit_length()
