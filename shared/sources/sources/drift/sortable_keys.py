"""Order-preserving integer keys of doubles, by which values are counted (`contracts.dataset.value_counts`)."""

from __future__ import annotations

import numpy as np

from sources.arrays import Float64s, Uint64s

_SIGN = np.uint64(1 << 63)


def keys_of(values: Float64s) -> Uint64s:
    """Return the keys of doubles, uint64 of the input's shape: their bits, flipped negative numbers first. No NaN."""
    bits = values.view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def doubles(keys: Uint64s) -> Float64s:
    """Return the doubles of keys: the inverse of `keys_of`."""
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).view(np.float64)


def least_shift(keys: Uint64s, max_keys: int) -> int:
    """Return the least number of low bits to drop from ascending keys so that at most `max_keys` distinct keys remain."""
    apart = keys[1:] ^ keys[:-1]
    if len(apart) < max_keys:
        return 0
    # Neighbours stay distinct while their highest differing bit is kept: fewer than `max_keys` pairs of them may.
    return int(np.partition(apart, len(apart) - max_keys)[len(apart) - max_keys]).bit_length()
