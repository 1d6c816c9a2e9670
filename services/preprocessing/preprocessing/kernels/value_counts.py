"""Count each value of a numeric column in a hash table of bounded size, for `preprocessing.statistics.value_counts`.

A value's *key* is its double's bits, mapped so that keys order as values do, without their last `shift` bits. Open addressing
with linear probing; the slot holds the key itself, and 0, which is the key of no finite double, where it is empty.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import bits_of_double

_SIGN = np.uint64(1 << 63)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(inline="always")
def _key(bits, integers):
    """Return the key of a value; `bits`: of a double, or of an int64, which is rounded to one."""
    if integers:
        bits = bits_of_double(np.float64(np.int64(bits)))
    return ~bits if bits & _SIGN else bits | _SIGN


@njit(inline="always")
def _unused_bits(keys):
    """Return the shift from hash to slot: the highest bits are used, since many keys differ in their highest bits alone."""
    bits = 64
    size = len(keys)
    while size > 1:
        size >>= 1
        bits -= 1
    return np.uint64(bits)


@njit(inline="always")
def _slot(keys, key, unused):
    """Return the key's slot, or the empty slot for it."""
    mask = np.int64(len(keys) - 1)
    slot = np.int64((key * _GOLDEN) >> unused)
    while keys[slot] != key and keys[slot] != 0:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, nogil=True)
def count_values(bits, row, end, integers, split, shift, room, keys, counts):
    """Count values from `row` to `end`; returns the row that was reached, and the number of keys that still fit.

    Stops before the end at a key that does not fit. `bits` uint64: doubles, or int64s where `integers`; `keys` uint64, a
    power of two; `counts` int64 [slots, splits].
    """
    drop, unused = np.uint64(shift), _unused_bits(keys)
    while row < end:
        key = _key(bits[row], integers) >> drop
        slot = _slot(keys, key, unused)
        if keys[slot] == 0:
            if room == 0:
                break
            keys[slot] = key
            room -= 1
        counts[slot, split] += 1
        row += 1
    return row, room


@njit(cache=True, nogil=True)
def enter_counts(from_keys, from_counts, shift, keys, counts):
    """Add one table's counts to another whose keys are `shift` bits shorter; returns the number of new keys.

    The caller ensures that they fit.
    """
    drop, unused = np.uint64(shift), _unused_bits(keys)
    fresh = 0
    for i in range(len(from_keys)):
        if from_keys[i] == 0:
            continue
        key = from_keys[i] >> drop
        slot = _slot(keys, key, unused)
        if keys[slot] == 0:
            keys[slot] = key
            fresh += 1
        for split in range(counts.shape[1]):
            counts[slot, split] += from_counts[i, split]
    return fresh
