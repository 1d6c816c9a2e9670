"""Counts of each value of a numeric column, as stored: the source of its quantiles and histograms, and of later comparisons.

An Arrow IPC file with a record batch per feature, by ascending value: the columns `low` and `high` (float64), and a count (int64)
for each split. A row counts the values from `low` to `high`, both included; where counts are exact, `low` equals `high`.
Otherwise a row is an interval of doubles whose keys (their bits, mapped so that they order as values do) differ only in the last
`shift` bits. Two features compare exactly, after the finer one has lost as many bits as the coarser.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from contracts.errors import CorruptData
from contracts.schema import SPLIT_NAMES, SplitName

VALUE_COUNTS = pa.schema([("low", pa.float64()), ("high", pa.float64()), *((name, pa.int64()) for name in SPLIT_NAMES)])


@dataclass(frozen=True)
class PublishedCounts:
    """Counts of each value, or interval of values, of a column."""

    shift: int
    """Number of low bits of the keys that are ignored; 0 for exact counts."""
    table: pa.RecordBatch
    """Columns as in `VALUE_COUNTS`."""

    def counts(self, split: SplitName) -> pa.Int64Array:
        """Return the counts in that split, int64 [values], by ascending value."""
        return self.table.column(split)


class CountsFile:
    """The counts of several columns, opened; shares the buffer's memory. Raises `CorruptData`, naming `what`, for other bytes."""

    def __init__(self, data: bytes | pa.Buffer, what: str) -> None:
        self._what = what
        with self._corrupt():
            self._file = pa.ipc.open_file(pa.py_buffer(data))
        if not self._file.schema.equals(VALUE_COUNTS):
            names = ", ".join(VALUE_COUNTS.names)
            raise CorruptData(f"{what} must hold {names}. Received: {self._file.schema.names}")

    def column(self, batch: int, shift: int) -> PublishedCounts:
        """Return one column's counts."""
        with self._corrupt():
            return PublishedCounts(shift, self._file.get_batch(batch))

    @contextmanager
    def _corrupt(self) -> Generator[None]:
        try:
            yield
        except (pa.ArrowException, OSError, ValueError) as error:
            raise CorruptData(f"{self._what} does not hold counts of values: {error}") from error


def value_counts_file(batches: Sequence[pa.RecordBatch]) -> bytes:
    """Return the Arrow IPC file of batches with the columns of `VALUE_COUNTS`."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, VALUE_COUNTS) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()
