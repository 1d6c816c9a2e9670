"""The division of a file of a columnar format into units, and the interface of each format's module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from contracts.dataset.manifest import SourceFile
from sources.read_request import ReadRequest

BATCH_ROWS = 16_384
"""Largest number of rows in a batch."""


@dataclass(frozen=True)
class Units:
    """A file's units, in which its ranges count: rows, record batches or stripes.

    `pieces` are the ranges that can be decoded independently; `passes` are the ranges by which one reader reads the whole file
    in little memory.
    """

    columns: list[str]
    count: int
    """Number of units; -1 for a stream, which has no units and is one range."""
    rows: int | None
    """Number of rows; None if counting them would require reading the file."""
    pieces: Sequence[tuple[int, int]]
    passes: Sequence[tuple[int, int]]
    begins: Sequence[int] = ()
    """The units at which a range preferably begins, and the total number; empty if any unit is as good."""

    @property
    def has_rows(self) -> bool:
        """Return true if the file may have rows; always true for a stream."""
        return self.count != 0 if self.rows is None else self.rows > 0


class ColumnarFormat(Protocol):
    """A columnar format: the modules `arrow_files`, `orc` and `parquet` are one each, and `tfrecord` has a class.

    Every function raises `UnreadableFile` for a file that is not of the format, or damaged.
    """

    def schema(self, file: SourceFile) -> pa.Schema:
        """Return the file's columns and their types."""
        ...

    def units(self, file: SourceFile) -> Units:
        """Return the file's units."""
        ...

    def read(self, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the range's rows in batches of the requested columns; a missing value is null. Errors as in `typed_rows`."""
        ...

    def rows_before(self, file: SourceFile, start: int) -> int:
        """Return the number of rows before a unit. May read the file up to there."""
        ...
