"""The request to a reader: one range of one file, its columns, and the handling of bad rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidRequest, TooManyBadRecords, UnparsableValue, pointer
from contracts.features import TextRule
from contracts.features.many import MOST_TOKENS, token_count
from contracts.schema import ValueType
from contracts.source import CopiedSource, RangeSource, Source
from sources.rejects import Problem, Rejected, Rejects

_NAMES: Mapping[ValueType, str] = {
    "int64": "a whole number (int64)",
    "float64": "a number (float64)",
    "bytes": "a category",
    "instant": "a date or a time as ISO 8601 writes it",
}
_LONGEST_SHOWN = 200
SKIPPING = "max_bad_records lets a job skip such rows"
"""The remedy, at the end of each message about rows that cannot be read."""


@dataclass(frozen=True)
class ReadRequest:
    """A range of a file, the columns to read in order, and null tokens by column, in addition to the source's."""

    file: SourceFile
    part: SourceRange
    columns: Mapping[str, ValueType]
    null_values: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    rejects: Rejects | None = None
    text_rules: Mapping[str, TextRule] = field(default_factory=dict[str, TextRule])
    lenient: Collection[str] = ()
    """Columns whose unreadable values are missing, and reject no row."""
    written: Mapping[str, str] = field(default_factory=dict[str, str])
    """The source's columns that stand after the others as the file has them, by the names that they get."""
    vectors: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Columns of lists in the file, by name: the columns that their elements become, which `columns` and `written` may name."""

    def wrong_value(self, column: str, value: bytes | str) -> Problem:
        """Return the problem of a value that is not of its column's type."""
        kind, rule = self.columns[column], self.text_rules.get(column)
        expected = _NAMES[kind] if rule is None or rule.time is None else rule.time.expected
        if rule is not None and rule.separator is not None:
            tokens = token_count(value.encode() if isinstance(value, str) else value, rule.separator)
            if rule.limit is not None and tokens > rule.limit:
                return self.too_long(column, tokens)
            if rule.of_numbers:
                expected = f"a list of numbers with {rule.separator!r} between them"
        reason = f"column {column!r}: {shown_text(value)} is not {expected}"
        return Problem(UnparsableValue, reason, self.pointer(column))

    def too_long(self, column: str, tokens: int) -> Problem:
        """Return the problem of a list of more tokens than its column's rule allows."""
        limit = self.text_rules[column].limit
        reason = (
            f"column {column!r}: a list of {tokens} tokens, and many.max is {limit}; shorten the list, or give the dataset's "
            f"feature a larger one, up to {MOST_TOKENS}"
        )
        return Problem(UnparsableValue, reason, f"{self.pointer(column)}/many/max")

    def pointer(self, column: str) -> str:
        """Return the JSON pointer to a column in a request's features: for an element to its vector."""
        return pointer("features", self.vector_of.get(column, column))

    def wrong_length(self, vector: str, length: int) -> Problem:
        """Return the problem of a vector's list that has not as many elements as its shape."""
        size = len(self.vectors[vector])
        reason = (
            f"column {vector!r}: a list of {length}, and its shape is [{size}]; write {size} numbers, null for one that is "
            "missing, or null for the list"
        )
        return Problem(UnparsableValue, reason, self.pointer(vector))

    def no_vector(self, vector: str, value: object) -> Problem:
        """Return the problem of a vector's value that is no list."""
        size, shown = len(self.vectors[vector]), shown_text(str(value))
        reason = f"column {vector!r}: {shown} is no list of {size} numbers, and its shape is [{size}]"
        return Problem(UnparsableValue, reason, self.pointer(vector))

    @cached_property
    def vector_of(self) -> Mapping[str, str]:
        """Return the vector of each element, by the element's name."""
        return {element: vector for vector, elements in self.vectors.items() for element in elements}

    def separator(self, name: str) -> str | None:
        """Return what stands between the tokens of a column of lists; None for any other column."""
        rule = self.text_rules.get(name)
        return None if rule is None else rule.separator

    def held_separator(self, column: str) -> Problem:
        """Return the problem of a list with a token that holds the separator."""
        held = f"a token of the list holds the separator {self.separator(column)!r}; name another in many.separator"
        return Problem(UnparsableValue, f"column {column!r}: {held}", pointer("features", column, "many", "separator"))

    @cached_property
    def names(self) -> list[str]:
        """Return the columns of the file to read, each once."""
        owners = self.vector_of
        return list(dict.fromkeys(owners.get(name, name) for name in [*self.columns, *self.written.values()]))

    def refuse(self, problem: Problem, line: int, text: Callable[[], bytes], place: Callable[[int], str]) -> None:
        """Skip the row and record it, or raise the problem if no row may be skipped.

        `line` counts from 1 within the range; `text` returns the row's raw bytes, and `place` the row's position in the whole
        file, in words: called only if needed. Raises `TooManyBadRecords` past the limit.
        """
        if self.rejects is None:
            raise problem.kind(
                f"{self.file.uri}, {place(line)}{_joint(problem)}{problem.reason}; {SKIPPING}", pointer=problem.pointer
            )
        try:
            self.rejects.add(Rejected(self.part.file, self.part.start, line, problem.reason, text()))
        except TooManyBadRecords:
            first = self.rejects.rows[0]
            raise TooManyBadRecords(
                f"more than {self.rejects.allowed} rows cannot be read (max_bad_records). The first of them here: "
                f"{self.file.uri}, {place(first.line)}: {first.reason}",
                pointer="/max_bad_records",
            ) from None


def _joint(problem: Problem) -> str:
    return ", " if problem.reason.startswith("column ") else ": "


def check_readable(source: Source) -> RangeSource:
    """Return the source if its ranges can be read without Spark; raise `InvalidRequest` if not."""
    if isinstance(source, CopiedSource):
        raise InvalidRequest(f"only a dataset job reads the format {source.format}", pointer="/source/format")
    return source


def shown_text(value: bytes | str) -> str:
    """Return a value for a message: its `repr`, truncated."""
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
