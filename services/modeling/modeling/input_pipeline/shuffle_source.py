"""Shuffle the raw source, for datasets without records, as `shuffle_records` shuffles records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from contracts.dataset.published import Dataset
from modeling.input_pipeline.source_rows import Rows, range_counts, split_rows
from sources.arrays import Bools, Int64s

_MIN_BUFFER_ROWS = 65_536
_BUFFER_BYTES = 128 << 20
_TOKEN_BYTES = 48
"""Approximate memory of a short token: a Python object and its reference."""
_OPEN_RANGES = 8
_BLOCK = 2048


def shuffled_epochs(
    dataset: Dataset,
    part: tuple[int, int],
    sizes: Sequence[int],
    seed: int,
    epochs: range,
    kept: Bools | None = None,
) -> Iterator[Rows]:
    """Yield the rows of the training split from index `part[0]` up to `part[1]`, once per epoch, in batches of `sizes`.

    Ranges of the source are interleaved in random order, and their rows mixed in a buffer of about 128 MB, and at least
    65,536 rows. If that holds the whole split, the order is as random as that of records, and the model as good.
    `kept`: which rows of the split there are, bool [rows], as if it had no others; None: all.

    Raises `SourceChanged` if the source's number of rows has changed.
    """
    ranges = _ranges(range_counts(dataset, "train"), kept)
    schema = dataset.schema
    row_bytes = 4 * len(schema.number_columns) + _TOKEN_BYTES * len(schema.token_columns) + 8
    buffer_rows = max(_MIN_BUFFER_ROWS, _BUFFER_BYTES // row_bytes, 2 * max(sizes, default=0))
    for epoch in epochs:
        generator = np.random.default_rng([seed, epoch])
        yield from _in_sizes(_mixed(_by_turns(dataset, ranges, part, generator), buffer_rows, generator), sizes)


@dataclass(frozen=True)
class _Range:
    """The rows of the split in one range of the source: `rows` of them are read, those of `kept`, bool; None: all."""

    rows: int
    kept: Bools | None = None

    def positions(self, low: int, high: int) -> Int64s | None:
        """Return the positions of the read rows from index `low` up to `high` among the split's; None: of all rows."""
        if self.kept is not None:
            return np.flatnonzero(self.kept)[low:high]
        return None if high - low == self.rows else np.arange(low, high)


def _ranges(counts: Sequence[int], kept: Bools | None) -> list[_Range]:
    if kept is None:
        return [_Range(count) for count in counts]
    return [_Range(int(np.count_nonzero(part)), part) for part in np.split(kept, np.cumsum(counts)[:-1])]


def _by_turns(
    dataset: Dataset, ranges: Sequence[_Range], part: tuple[int, int], generator: np.random.Generator
) -> Iterator[Rows]:
    """Yield blocks of rows from several ranges in turn."""
    counts = [own.rows for own in ranges]
    ends = np.cumsum(counts)
    waiting: list[Iterator[Rows]] = []
    for index in generator.permutation(len(counts)).tolist():
        begin = int(ends[index]) - counts[index]
        low, high = max(part[0] - begin, 0), min(part[1] - begin, counts[index])
        if low < high:
            positions = ranges[index].positions(low, high)
            waiting.append(_blocks(split_rows(dataset, "train", [index], positions)))
    reading, waiting = waiting[:_OPEN_RANGES], waiting[_OPEN_RANGES:]
    while reading:
        turn = reading.pop(0)
        block = next(turn, None)
        if block is not None:
            yield block
            reading.append(turn)
        elif waiting:
            reading.append(waiting.pop(0))


def _blocks(batches: Iterator[Rows]) -> Iterator[Rows]:
    for rows in batches:
        for begin in range(0, len(rows[0]), _BLOCK):
            yield _slice(rows, begin, begin + _BLOCK)


def _mixed(blocks: Iterator[Rows], buffer_rows: int, generator: np.random.Generator) -> Iterator[Rows]:
    held: list[Rows] = []
    count = 0
    for rows in blocks:
        held.append(rows)
        count += len(rows[0])
        if count >= buffer_rows:
            mixed = _permuted(held, generator)
            # Half stays, so that rows can move from one fill of the buffer to the next.
            yield _slice(mixed, 0, count // 2)
            held, count = [_slice(mixed, count // 2, count)], count - count // 2
    if count:
        yield _permuted(held, generator)


def _in_sizes(batches: Iterator[Rows], sizes: Sequence[int]) -> Iterator[Rows]:
    """Rebatch rows to the given sizes."""
    held: list[Rows] = []
    count = 0
    for size in sizes:
        while count < size:
            rows = next(batches, None)
            if rows is None:
                break
            held.append(rows)
            count += len(rows[0])
        if not held:
            return
        together = _concatenated(held)
        yield _slice(together, 0, size)
        held, count = [_slice(together, size, count)], count - size


def _permuted(held: Sequence[Rows], generator: np.random.Generator) -> Rows:
    together = _concatenated(held)
    order = generator.permutation(len(together[0]))
    return _rows([part[order] for part in together])


def _concatenated(held: Sequence[Rows]) -> Rows:
    return held[0] if len(held) == 1 else _rows([np.concatenate(parts) for parts in zip(*held, strict=True)])


def _slice(rows: Rows, begin: int, end: int) -> Rows:
    return _rows([part[begin:end] for part in rows])


def _rows(parts: Sequence[object]) -> Rows:
    rows: Rows = tuple(parts)  # pyright: ignore[reportAssignmentType]  # as many as there were
    return rows
