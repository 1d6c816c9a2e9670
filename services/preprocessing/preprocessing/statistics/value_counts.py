"""Counts of a numeric column's values, in bounded memory for any number and order of values.

While a column has at most `CAPACITY` distinct values, each is counted: quantiles, histograms and the distinct count are exact.
Past that, values are counted by interval: a value's *key*, an integer with the same order as values, loses its last bits, as few
as leave at most `CAPACITY` distinct keys. At least half as many are left, so the intervals are as narrow as possible where the
values are: a few thousandths of a value across six orders of magnitude, and far less in a narrower range.

The number of lost bits depends on the set of values alone: a part of them never needs to lose more than the whole. So tables of
parts merge to the same table, in any order and for any division of the rows. (It is a histogram that collapses uniformly, like
UDDSketch: Epicoco et al., "UDDSketch: Accurate Tracking of Quantiles in Data Streams", 2020; here by the bits of the numbers, so
that nothing is rounded.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from preprocessing.kernels.value_counts import count_values, enter_counts
from sources.arrays import Float64s, Int64s, Uint64s
from sources.drift.sortable_keys import doubles, keys_of, least_shift

CAPACITY = 1 << 13
"""Maximum keys of a table. Twice as many slots, with the counts of three splits, fit into a core's cache."""

_FIRST_SLOTS = 1 << 9
_GROWTH = 4


@dataclass(frozen=True)
class ValueCounts:
    """Counts by ascending key. `keys` uint64 [n], without their last `shift` bits; `counts` int64 [n, splits]."""

    shift: int
    keys: Uint64s
    counts: Int64s

    @property
    def lows(self) -> Float64s:
        """The least value of each key's interval; for shift 0, the value."""
        return doubles(self.keys << np.uint64(self.shift))

    @property
    def highs(self) -> Float64s:
        """The greatest value of each key's interval. An interval that begins at 0 counts as 0: its values are below 2^-1021."""
        highs = doubles((self.keys << np.uint64(self.shift)) | np.uint64((1 << self.shift) - 1))
        return np.where(self.lows == 0, self.lows, highs)

    @property
    def resolution(self) -> float:
        """Maximum width of an interval, as a share of its values; 0 for exact values."""
        return 0.0 if self.shift == 0 else 2.0 ** (self.shift - 52)


def merge_value_counts(parts: Sequence[ValueCounts]) -> ValueCounts:
    """Merge the counts of all parts. Takes at least one part."""
    shift = max(part.shift for part in parts)
    keys = np.concatenate([part.keys >> np.uint64(shift - part.shift) for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    return _added_up(keys, counts, shift)


def _added_up(keys: Uint64s, counts: Int64s, shift: int) -> ValueCounts:
    """Add up the counts of equal keys, in any order; `shift`: the bits that the keys have lost already."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    more = least_shift(keys, CAPACITY)
    keys = keys >> np.uint64(more)
    if not len(keys):
        return ValueCounts(shift, keys, counts)
    firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return ValueCounts(shift + more, keys[firsts], np.add.reduceat(counts[order], firsts, axis=0))


class ValueCounter:
    """Counter of one column's values. One per task."""

    def __init__(self, splits: int) -> None:
        self.shift = 0
        self._room = _FIRST_SLOTS // 2
        self._keys = np.zeros(_FIRST_SLOTS, np.uint64)
        self._counts = np.zeros((_FIRST_SLOTS, splits), np.int64)

    def add(self, bits: Uint64s, begin: int, end: int, split: int, *, integers: bool) -> int:
        """Count values from `begin` up to `end`, and return the position of the first value that did not fit without loss.

        `bits`: of doubles, or int64s where `integers`, which are rounded to doubles. After `collapse`, counting can resume.
        """
        while True:
            begin, self._room = count_values(
                bits, begin, end, integers, split, self.shift, self._room, self._keys, self._counts
            )
            if begin == end or len(self._keys) == 2 * CAPACITY:
                return begin
            self._enter_all(0, min(_GROWTH * len(self._keys), 2 * CAPACITY))

    def collapse(self, value: Uint64s, *, integers: bool) -> None:
        """Drop as many bits of the keys as make room for the next value, whose bits are `value`: uint64 [1]."""
        doubled = value.view(np.int64).astype(np.float64).view(np.uint64) if integers else value
        key = keys_of(doubled.view(np.float64)) >> np.uint64(self.shift)
        more = least_shift(np.sort(np.concatenate([self._keys[self._keys != 0], key])), CAPACITY)
        self.shift += more
        self._enter_all(more, len(self._keys))

    def _enter_all(self, more: int, slots: int) -> None:
        keys, counts = self._keys, self._counts
        self._keys = np.zeros(slots, np.uint64)
        self._counts = np.zeros((slots, counts.shape[1]), np.int64)
        self._room = slots // 2 - enter_counts(keys, counts, more, self._keys, self._counts)

    def extract(self) -> ValueCounts:
        """Return the counts so far."""
        used = np.flatnonzero(self._keys)
        order = used[np.argsort(self._keys[used])]
        return ValueCounts(self.shift, self._keys[order], self._counts[order])
