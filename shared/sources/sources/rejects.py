"""Bad rows: an error at once, or skipped up to a limit that the job sets, and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.errors import InvalidData, TooManyBadRecords


@dataclass(frozen=True)
class Problem:
    """The problem of a bad row: the error to raise if none are allowed, and its message."""

    kind: type[InvalidData]
    reason: str
    pointer: str


@dataclass(frozen=True)
class Rejected:
    """A skipped row. `line` counts from 1 at `start`, the start of its range in the range's own units."""

    file: int
    start: int
    line: int
    reason: str
    text: bytes


@dataclass
class Rejects:
    """The rows that one reader of a range skipped, in the order of the file; more than `allowed` are an error."""

    allowed: int
    rows: list[Rejected] = field(default_factory=list[Rejected])

    def add(self, row: Rejected) -> None:
        """Record a skipped row. Raises `TooManyBadRecords` without a message: that needs line numbers of the whole file."""
        self.rows.append(row)
        if len(self.rows) > self.allowed:
            raise TooManyBadRecords
