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


@dataclass
class _Entries:
    """One feature of each of some records: name and list, as positions in the data."""

    rows: Int64s
    name_starts: Int64s
    name_lengths: Int64s
    kinds: Array
    starts: Int64s
    lengths: Int64s


@dataclass
class _Steps:
    """What the steps found so far."""

    lists: dict[bytes, list[Lists]] = field(default_factory=dict[bytes, list[Lists]])
    others: list[Int64s] = field(default_factory=list[Int64s])


def walk_examples(records: Records) -> Walked:
    """Return the features of all records. A name that a record has twice counts once, the later time, as in protobuf."""
    steps = _Steps()
    cursors, with_lists = _opened(records, steps)
    while len(cursors.rows):
        cursors, entries = _next(records, cursors, steps)
        for name, chosen in _by_name(records, entries):
            part = Lists(entries.rows[chosen], entries.kinds[chosen], entries.starts[chosen], entries.lengths[chosen])
            steps.lists.setdefault(name, []).append(part)
    others = np.unique(np.concatenate([np.zeros(0, np.int64), *steps.others]))
    return Walked(
        {name: _joined(parts, others, len(records)) for name, parts in steps.lists.items()}, others, with_lists
    )


def _joined(parts: list[Lists], others: Int64s, rows: int) -> Lists:
    """Return the last of each record, in the order of the records, without those of `others`."""
    if len(parts) == 1 and not len(others):
        return parts[0]
    all_rows = np.concatenate([part.rows for part in parts])
    last = np.full(rows, -1)
    last[all_rows] = np.arange(len(all_rows))
    last[others] = -1
    chosen = last[last >= 0]
    return Lists(
        all_rows[chosen],
        np.concatenate([part.kinds for part in parts])[chosen],
        np.concatenate([part.starts for part in parts])[chosen],
        np.concatenate([part.lengths for part in parts])[chosen],
    )


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
    following = _Cursors(cursors.rows, ends, cursors.ends)
    return following.select(ends < cursors.ends), _Entries(cursors.rows, names, name_lengths, kinds, starts, lengths)


def _kept(cursors: _Cursors, is_usual: Bools, steps: _Steps, *values: Array) -> tuple[_Cursors, tuple[Array, ...]]:
    """Return the cursors and values of records that go on as usual; the others are noted."""
    if is_usual.all():
        return cursors, values
    steps.others.append(cursors.rows[~is_usual])
    return cursors.select(is_usual), tuple(value[is_usual] for value in values)


def _first_byte(words: Uint64s) -> Int64s:
    return (words & np.uint64(0xFF)).astype(np.int64)


def _by_name(records: Records, entries: _Entries) -> Iterator[tuple[bytes, Int64s | slice]]:
    """Yield each name among the entries, and the indices of its entries."""
    data = records.data
    left = np.arange(len(entries.rows))
    first_words = _name_words(records, entries.name_starts, entries.name_lengths)
    prints = first_words ^ (entries.name_lengths.astype(np.uint64) << np.uint64(57))
    while len(left):
        start, length = int(entries.name_starts[left[0]]), int(entries.name_lengths[left[0]])
        name = data[start : start + length].tobytes()
        alike = prints[left] == prints[left[0]]
        is_name = alike & (entries.name_lengths[left] == length)
        for offset in range(_WORD, length, _WORD):  # the last word overlaps the one before
            inside = min(offset, length - _WORD)
            chosen = np.flatnonzero(is_name)
            words = gathered(data, entries.name_starts[left[chosen]] + inside, _WORD)[:, 0]
            is_name[chosen] = words == words[0]
        if is_name.all():
            yield name, left if len(left) < len(entries.rows) else slice(None)
            return
        yield name, left[is_name]
        left = left[~is_name]


def _name_words(records: Records, starts: Int64s, lengths: Int64s) -> Uint64s:
    """Return the first eight bytes of each name, zeros after its end."""
    words = gathered(records.data, starts, _WORD)[:, 0]
    if len(lengths) and lengths.min() >= _WORD:
        return words
    absent = (_WORD - np.minimum(lengths, _WORD)).astype(np.uint64) * np.uint64(8)
    return np.where(lengths == 0, np.uint64(0), words & (~np.uint64(0) >> (absent % np.uint64(64))))
