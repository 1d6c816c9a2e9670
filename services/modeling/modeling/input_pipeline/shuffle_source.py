"""The raw source in random order, for datasets without records: see `shuffling`, which does the same to records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from contracts.dataset import Dataset
from modeling.input_pipeline.source_rows import Rows, range_counts, split_rows

_ROWS_HELD = 65_536
_BYTES_HELD = 128 << 20
_TOKEN_BYTES = 48
"""What a short token takes in memory, about: a Python object, and where it is."""
_RANGES_AT_ONCE = 8
_BLOCK = 2048


def shuffled_epochs(
    dataset: Dataset, part: tuple[int, int], sizes: Sequence[int], seed: int, epochs: range
) -> Iterator[Rows]:
    """The rows of the training split from number `part[0]` up to `part[1]`, once in each epoch, in batches of these sizes.

    Ranges of the source are read by turns, in random order, and their rows mixed within a buffer of about 128 MB, and of 65,536
    rows at least. Where that holds the whole split, the order is as random as that of records, and so the model as good.
    Raises `SourceChanged` where the source has another number of rows than it had.
    """
    counts = range_counts(dataset, "train")
    schema = dataset.schema
    row_bytes = 4 * len(schema.number_columns) + _TOKEN_BYTES * len(schema.token_columns) + 8
    most = max(_ROWS_HELD, _BYTES_HELD // row_bytes, 2 * max(sizes, default=0))
    for epoch in epochs:
        generator = np.random.default_rng([seed, epoch])
        yield from _in_sizes(_mixed(_by_turns(dataset, counts, part, generator), most, generator), sizes)


def _by_turns(
    dataset: Dataset, counts: Sequence[int], part: tuple[int, int], generator: np.random.Generator
) -> Iterator[Rows]:
    """Blocks of rows from several ranges in turn."""
    ends = np.cumsum(counts)
    waiting: list[Iterator[Rows]] = []
    for at in generator.permutation(len(counts)).tolist():
        begin = int(ends[at]) - counts[at]
        low, high = max(part[0] - begin, 0), min(part[1] - begin, counts[at])
        if low < high:
            some = None if high - low == counts[at] else np.arange(low, high)
            waiting.append(_blocks(split_rows(dataset, "train", [at], some)))
    reading, waiting = waiting[:_RANGES_AT_ONCE], waiting[_RANGES_AT_ONCE:]
    while reading:
        turn = reading.pop(0)
        block = next(turn, None)
        if block is not None:
            yield block
            reading.append(turn)
        elif waiting:
            reading.append(waiting.pop(0))


def _blocks(found: Iterator[Rows]) -> Iterator[Rows]:
    for rows in found:
        for begin in range(0, len(rows[0]), _BLOCK):
            yield _slice(rows, begin, begin + _BLOCK)


def _mixed(blocks: Iterator[Rows], most: int, generator: np.random.Generator) -> Iterator[Rows]:
    held: list[Rows] = []
    count = 0
    for rows in blocks:
        held.append(rows)
        count += len(rows[0])
        if count >= most:
            mixed = _permuted(held, generator)
            # Half stays behind, so that rows can move between one buffer's fill and the next.
            yield _slice(mixed, 0, count // 2)
            held, count = [_slice(mixed, count // 2, count)], count - count // 2
    if count:
        yield _permuted(held, generator)


def _in_sizes(found: Iterator[Rows], sizes: Sequence[int]) -> Iterator[Rows]:
    """The same rows in batches of the given sizes."""
    held: list[Rows] = []
    count = 0
    for size in sizes:
        while count < size:
            rows = next(found, None)
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
    found: Rows = tuple(parts)  # pyright: ignore[reportAssignmentType]  # as many as there were
    return found
