"""The features of many tf.train.Examples, found together: one step of numpy for the first feature of each, then the second.

A record is read here where it is written as all known writers do: one `Features`, whose entries are a name and then a value.
Any other is left to `parse_example`, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sources.arrays import Array, Bools, Int64s, Uint64s
from sources.columnar.tfrecord.framing import Records
from sources.columnar.tfrecord.parse_example import BYTES, EMPTY, FLOAT, INT64
from sources.columnar.tfrecord.wire import short_varints
from sources.crc32c import gathered

_FIRST, _SECOND, _THIRD = 0x0A, 0x12, 0x1A
"""Tags of length-delimited fields 1 to 3."""
_KIND_OF_TAG = np.full(256, 255, np.uint8)
_KIND_OF_TAG[[_FIRST, _SECOND, _THIRD]] = BYTES, FLOAT, INT64
_WORD = 8
_KEPT = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
"""Masks of the first 0 to 8 bytes of a word."""
_LOOKED_AT = 4096
"""Features in which all names are expected."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Lists:
    """The feature of one name in some records: int64 [rows] each, `kinds` uint8 [rows].

    `rows`: indices of the records; `kinds`: EMPTY, BYTES, FLOAT or INT64; `starts` and `lengths`: where the list's content is
    in the data.
    """

    rows: Int64s
    kinds: Array
    starts: Int64s
    lengths: Int64s

    def select(self, chosen: Bools) -> Lists:
        """Return some of them."""
        return Lists(self.rows[chosen], self.kinds[chosen], self.starts[chosen], self.lengths[chosen])


@dataclass
class Walked:
    """The features of some records by name; `others`: records for `parse_example`; `with_lists`: those with feature lists."""

    lists: dict[bytes, Lists]
    others: Int64s
    with_lists: Int64s


@dataclass
class _Cursors:
    """The records with features left: their index, the position of the next, and the end of the last."""

    rows: Int64s
    positions: Int64s
    ends: Int64s

    def select(self, chosen: Bools) -> _Cursors:
        return _Cursors(self.rows[chosen], self.positions[chosen], self.ends[chosen])

    def joined(self, other: _Cursors) -> _Cursors:
        return _Cursors(*(np.concatenate(pair) for pair in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class _Entries:
    """One feature of each of some records: name and list, as positions in the data."""

    rows: Int64s
    name_starts: Int64s
    name_lengths: Int64s
    kinds: Array
    starts: Int64s
    lengths: Int64s

    def select(self, chosen: Bools) -> _Entries:
        return _Entries(*(values[chosen] for values in vars(self).values()))

    def joined(self, other: _Entries) -> _Entries:
        return _Entries(*(np.concatenate(pair) for pair in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class _Steps:
    """Results of the steps so far: the entries of each, and records that are not written as usual."""

    entries: list[_Entries] = field(default_factory=list[_Entries])
    others: list[Int64s] = field(default_factory=list[Int64s])


def walk_examples(records: Records) -> Walked:
    """Return the features of all records. A name that a record has twice counts once, the later time, as in protobuf."""
    steps = _Steps()
    cursors, with_lists = _opened(records, steps)
    while len(cursors.rows):
        cursors, entries = _next(records, cursors, steps)
        steps.entries.append(entries)
    others = np.unique(np.concatenate([np.zeros(0, np.int64), *steps.others]))
    lists: dict[bytes, Lists] = {}
    if steps.entries:
        parts = [vars(entries).values() for entries in steps.entries]
        entries = _Entries(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        for name, chosen in _by_name(records, entries):
            lists[name] = _last_of_each(entries, chosen, others, len(records))
    return Walked(lists, others, with_lists)


def _last_of_each(entries: _Entries, chosen: Int64s, others: Int64s, rows: int) -> Lists:
    """Return the last of the chosen entries of each record, without those of `others`."""
    last = np.full(rows, -1)
    last[entries.rows[chosen]] = chosen
    last[others] = -1
    there = last[last >= 0]
    return Lists(entries.rows[there], entries.kinds[there], entries.starts[there], entries.lengths[there])


def _opened(records: Records, steps: _Steps) -> tuple[_Cursors, Int64s]:
    """Return the records at their first feature, and the indices of those with feature lists."""
    ends = records.starts + records.lengths
    rows = np.flatnonzero(records.lengths)
    words = gathered(records.data, records.starts[rows], _WORD)[:, 0]
    sizes, taken = short_varints(words >> np.uint64(8))
    begins = records.starts[rows] + 1 + taken
    bodies = begins + sizes
    is_plain = (_first_byte(words) == _FIRST) & (taken > 0) & (bodies <= ends[rows])
    inside = is_plain & (bodies < ends[rows])
    with_lists = np.zeros(0, np.int64)
    if inside.any():  # a second field: the feature lists of a SequenceExample, if it reaches to the end
        after = gathered(records.data, np.where(inside, bodies, records.starts[rows]), _WORD)[:, 0]
        list_sizes, list_taken = short_varints(after >> np.uint64(8))
        reaches = (list_taken > 0) & (bodies + 1 + list_taken + list_sizes == ends[rows])
        is_sequence = inside & (_first_byte(after) == _SECOND) & reaches
        with_lists = rows[is_sequence]
        is_plain &= ~inside | is_sequence
    steps.others.append(rows[~is_plain])
    cursors = _Cursors(rows, begins, bodies).select(is_plain)
    return cursors.select(cursors.positions < cursors.ends), with_lists


def _next(records: Records, cursors: _Cursors, steps: _Steps) -> tuple[_Cursors, _Entries]:
    """Return the cursors after one more feature of each record, and those features."""
    head = gathered(records.data, cursors.positions, _WORD)[:, 0]
    sizes = _byte(head, 1)
    name_lengths = _byte(head, 3)
    names = cursors.positions + 4
    values = names + name_lengths
    ends = cursors.positions + 2 + sizes
    tail = gathered(records.data, values, _WORD)[:, 0]
    kinds = _KIND_OF_TAG[_byte(tail, 2)]
    lengths = _byte(tail, 3)
    # Tags as usual, and lengths below 128, which take a byte.
    is_short = (head & np.uint64(0x80FF80FF) == np.uint64(0x000A000A)) & (
        tail & np.uint64(0x800080FF) == np.uint64(0x12)
    )
    is_short &= (kinds <= INT64) & (values + 4 + lengths == ends) & (_byte(tail, 1) == lengths + 2)
    is_short &= ends <= cursors.ends
    entries = _Entries(cursors.rows, names, name_lengths, kinds, values + 4, lengths)
    following = _Cursors(cursors.rows, ends, cursors.ends)
    if not is_short.all():
        following = following.select(is_short)
        others, other_entries = _next_of_any_size(records, cursors.select(~is_short), steps)
        entries = entries.select(is_short).joined(other_entries)
        following = following.joined(others)
    return following.select(following.positions < following.ends), entries


def _next_of_any_size(records: Records, cursors: _Cursors, steps: _Steps) -> tuple[_Cursors, _Entries]:
    """As `_next`, for lengths of any size."""
    data = records.data
    words = gathered(data, cursors.positions, _WORD)[:, 0]
    sizes, taken = short_varints(words >> np.uint64(8))
    entries = cursors.positions + 1 + taken
    ends = entries + sizes
    cursors, (entries, ends) = _kept(
        cursors, (_first_byte(words) == _FIRST) & (taken > 0) & (ends <= cursors.ends), steps, entries, ends
    )
    words = gathered(data, entries, _WORD)[:, 0]
    name_lengths, taken = short_varints(words >> np.uint64(8))
    names = entries + 1 + taken
    values = names + name_lengths
    cursors, (names, name_lengths, values, ends) = _kept(
        cursors,
        (_first_byte(words) == _FIRST) & (taken > 0) & (values < ends),
        steps,
        names,
        name_lengths,
        values,
        ends,
    )
    words = gathered(data, values, _WORD)[:, 0]
    feature_lengths, taken = short_varints(words >> np.uint64(8))
    features = values + 1 + taken
    cursors, (names, name_lengths, features, ends) = _kept(
        cursors,
        (_first_byte(words) == _SECOND) & (taken > 0) & (features + feature_lengths == ends),
        steps,
        names,
        name_lengths,
        features,
        ends,
    )
    words = gathered(data, features, _WORD)[:, 0]
    lengths, taken = short_varints(words >> np.uint64(8))
    kinds = _KIND_OF_TAG[_first_byte(words)]
    starts = features + 1 + taken
    is_empty = features == ends
    if is_empty.any():
        kinds, lengths, starts = (
            np.where(is_empty, np.uint8(EMPTY), kinds),
            np.where(is_empty, 0, lengths),
            np.where(is_empty, ends, starts),
        )
    cursors, (names, name_lengths, kinds, starts, lengths, ends) = _kept(
        cursors,
        (kinds <= INT64) & ((taken > 0) | is_empty) & (starts + lengths == ends),
        steps,
        names,
        name_lengths,
        kinds,
        starts,
        lengths,
        ends,
    )
    return _Cursors(cursors.rows, ends, cursors.ends), _Entries(
        cursors.rows, names, name_lengths, kinds, starts, lengths
    )


def _kept(cursors: _Cursors, is_usual: Bools, steps: _Steps, *values: Array) -> tuple[_Cursors, tuple[Array, ...]]:
    """Return the cursors and values of records that go on as usual; the others are noted."""
    if is_usual.all():
        return cursors, values
    steps.others.append(cursors.rows[~is_usual])
    return cursors.select(is_usual), tuple(value[is_usual] for value in values)


def _first_byte(words: Uint64s) -> Int64s:
    return _byte(words, 0)


def _byte(words: Uint64s, number: int) -> Int64s:
    return ((words >> np.uint64(8 * number)) & np.uint64(0xFF)).astype(np.int64)


def _by_name(records: Records, entries: _Entries) -> Iterator[tuple[bytes, Int64s]]:
    """Yield each name among the entries, and the indices of its entries, in their order."""
    words = gathered(records.data, entries.name_starts, 2 * _WORD)
    first = words[:, 0] & _KEPT[np.minimum(entries.name_lengths, _WORD)]
    second = words[:, 1] & _KEPT[np.clip(entries.name_lengths - _WORD, 0, _WORD)]
    prints = first ^ (second * _ODD) ^ (entries.name_lengths.astype(np.uint64) << np.uint64(57))
    for group in _groups(prints):
        left = group
        while len(left):  # names that differ may have one print
            start, length = int(entries.name_starts[left[0]]), int(entries.name_lengths[left[0]])
            alike = _have_name(records, entries, left, length) & (first[left] == first[left[0]])
            alike &= second[left] == second[left[0]]
            yield records.data[start : start + length].tobytes(), left[alike]
            left = left[~alike]


def _groups(prints: Uint64s) -> list[Int64s]:
    """Return the indices of each value, in their order."""
    distinct = np.unique(prints[:_LOOKED_AT])
    places = np.searchsorted(distinct, prints)
    if (distinct[np.minimum(places, len(distinct) - 1)] != prints).any():
        distinct, places = np.unique(prints, return_inverse=True)
    narrow = places.astype(np.uint16) if len(distinct) <= 1 << 16 else places
    order = np.argsort(narrow, kind="stable")  # a radix sort of two bytes
    return np.split(order, np.cumsum(np.bincount(places, minlength=len(distinct)))[:-1])


def _have_name(records: Records, entries: _Entries, chosen: Int64s, length: int) -> Bools:
    """Return which names have that length and, after sixteen bytes, the bytes of the first of them."""
    alike = entries.name_lengths[chosen] == length
    for offset in range(2 * _WORD, length, _WORD):  # the last word overlaps the one before
        inside = min(offset, length - _WORD)
        there = np.flatnonzero(alike)
        words = gathered(records.data, entries.name_starts[chosen[there]] + inside, _WORD)[:, 0]
        alike[there] = words == words[0]
    return alike
