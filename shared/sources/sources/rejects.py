"""Rows that cannot be used: an error at once, or passed over up to a number that the job allows, and kept to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.errors import InvalidData, TooManyBadRecords


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row: the error that it is where none are allowed, and the words for it."""

    kind: type[InvalidData]
    reason: str
    pointer: str


@dataclass(frozen=True)
class Rejected:
    """A row that was passed over. `line` counts from 1 where `start` is: a range's start, in the range's own terms."""

    file: int
    start: int
    line: int
    reason: str
    text: bytes


@dataclass
class Rejects:
    """The rows that one reader of a range passed over, in the order of the file; more than `allowed` are an error."""

    allowed: int
    rows: list[Rejected] = field(default_factory=list[Rejected])

    def add(self, row: Rejected) -> None:
        """Keep the row. Raises `TooManyBadRecords`, without the row's own words: those need the whole file's lines."""
        self.rows.append(row)
        if len(self.rows) > self.allowed:
            raise TooManyBadRecords
