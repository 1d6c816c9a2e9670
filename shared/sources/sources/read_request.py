"""What a reader is asked for: one range of one file, which columns, and what becomes of rows that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import InvalidRequest, TooManyBadRecords, UnparsableValue, pointer
from contracts.schema import ValueType
from contracts.source import CopiedSource, RangeSource, Source
from sources.rejects import Problem, Rejected, Rejects

_NAMES: Mapping[ValueType, str] = {
    "int64": "a whole number (int64)",
    "float64": "a number (float64)",
    "bytes": "a category",
}
_LONGEST_SHOWN = 200


@dataclass(frozen=True)
class ReadRequest:
    """A range of a file, the columns wanted of it in their order, and more spellings of a missing value by column."""

    file: SourceFile
    part: SourceRange
    columns: Mapping[str, ValueType]
    null_values: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    rejects: Rejects | None = None

    def refuse(self, problem: Problem, line: int, text: Callable[[], bytes], place: Callable[[int], str]) -> None:
        """Pass the row over, or raise the problem where that is not allowed.

        `line` counts from 1 within the range; `text` gives the row as it stands in the file, and `place` the row's place in
        the whole file, in words: asked only where they are needed.
        """
        if self.rejects is None:
            raise problem.kind(
                f"{self.file.uri}, {place(line)}{_joint(problem)}{problem.reason}", pointer=problem.pointer
            )
        try:
            self.rejects.add(Rejected(self.part.file, self.part.start, line, problem.reason, text()))
        except TooManyBadRecords:
            first = self.rejects.rows[0]
            raise TooManyBadRecords(
                f"more than {self.rejects.allowed} rows cannot be read. The first of them here: {self.file.uri}, "
                f"{place(first.line)}: {first.reason}",
                pointer="/max_bad_records",
            ) from None


def _joint(problem: Problem) -> str:
    return ", " if problem.reason.startswith("column ") else ": "


def check_readable(source: Source) -> RangeSource:
    """Return the source if its ranges can be read without Spark; raise `InvalidRequest` if not."""
    if isinstance(source, CopiedSource):
        raise InvalidRequest(f"only a dataset job reads the format {source.format}", pointer="/source/format")
    return source


def wrong_value(column: str, kind: ValueType, value: bytes | str) -> Problem:
    """The problem of a value that is not of its column's type."""
    shown = shown_text(value)
    return Problem(UnparsableValue, f"column {column!r}: {shown} is not {_NAMES[kind]}", pointer("features", column))


def shown_text(value: bytes | str) -> str:
    """A value for a message: as Python writes text, cut short."""
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
