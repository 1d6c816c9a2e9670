"""How a file of a columnar format is divided, and what each such format's module provides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from contracts.dataset import SourceFile
from sources.read_request import ReadRequest

BATCH_ROWS = 16_384
"""Rows of a batch, at most."""


@dataclass(frozen=True)
class Units:
    """A file's units, in which ranges of it count: rows, record batches or stripes.

    `pieces` are the ranges that are decoded without their neighbours; `passes` the ranges by which one reader goes through the
    whole file in little memory.
    """

    columns: list[str]
    count: int
    """How many units; -1 for a stream, which has no units and is one range."""
    rows: int | None
    """None where counting them would take reading the file."""
    pieces: Sequence[tuple[int, int]]
    passes: Sequence[tuple[int, int]]
    begins: Sequence[int] = ()
    """The units at which a range had better begin, and the count of all; empty where any unit will do."""

    @property
    def has_rows(self) -> bool:
        """Whether the file may have rows; a stream may."""
        return self.count != 0 if self.rows is None else self.rows > 0


class ColumnarFormat(Protocol):
    """A columnar format: each module of this package except this one and `choose` is one.

    Every function raises `UnreadableFile` for a file that is not of the format, or damaged.
    """

    def schema(self, file: SourceFile) -> pa.Schema:
        """Return the file's columns and their types."""
        ...

    def units(self, file: SourceFile) -> Units:
        """Return how the file is divided."""
        ...

    def read(self, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the range's rows in batches of the requested columns; a missing value is null. Errors as in `typed_rows`."""
        ...

    def rows_before(self, file: SourceFile, start: int) -> int:
        """Return how many rows of the file come before a unit. May read the file up to there."""
        ...
