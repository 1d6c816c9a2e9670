"""Records of delimited text, one by one: every dialect, at the speed of Python's csv module, with the line number of each.

Handles what Arrow's parser does not support (comments, rows of other widths) and reads again what it rejects, so both must split
records identically: a quote opens only at the start of a field, and text after a closing quote belongs to the field.
Text is decoded as Latin-1, a character for each byte: special characters are all ASCII, and any bytes pass unchanged.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from contracts.source import DelimitedText
from sources.text.escaped_rows import escaped_rows

_LARGEST_FIELD = 1 << 30
csv.field_size_limit(_LARGEST_FIELD)


class Records:
    """The records of a stream that starts at a record.

    Iterating yields the fields of each. Attributes of the last record: `line`, its first line, counted from `line_before` + 1;
    `end`, the offset after it; and `text`. Empty lines, and of `skip_initial_space` those of spaces,
    are records only if there is one column. After the last record,
    `unfinished` is true if it ended inside quotes or after an escape. Raises `csv.Error` for a field of more than 1 GiB.
    """

    def __init__(self, source: DelimitedText, stream: BinaryIO, line_before: int = 0) -> None:
        self.line = 0
        self.end = 0
        self.unfinished = False
        self._source = source
        self._number = line_before
        self._lines = io.TextIOWrapper(stream, "latin-1", newline="")
        self._held: list[str] = []
        self._comment = source.comment
        self._skips_spaces = source.skip_initial_space
        self._one_column = source.columns is not None and len(source.columns) == 1
        self._rows = _rows(source, self._numbered())

    def __iter__(self) -> Iterator[list[str]]:
        for fields in self._rows:
            if not self._is_empty(fields):
                yield fields
            elif self._one_column and self._held[-1].endswith(("\n", "\r")):
                yield [""]
            self._held.clear()

    def _is_empty(self, fields: list[str]) -> bool:
        return not fields or (self._skips_spaces and fields == [""] and not "".join(self._held).strip(" \r\n"))

    @property
    def text(self) -> bytes:
        """Return the raw bytes of the record, with its line break."""
        return "".join(self._held).encode("latin-1")

    def _numbered(self) -> Iterator[str]:
        comment, held = self._comment, self._held
        for line in self._lines:
            self._number += 1
            self.end += len(line)
            if not held:
                if comment is not None and line.startswith(comment):
                    continue
                self.line = self._number
            held.append(line)
            yield line
        self.unfinished = bool(held) and _is_open("".join(held), self._source)


def _rows(source: DelimitedText, lines: Iterator[str]) -> Iterator[list[str]]:
    if source.quote is not None and source.escape is not None and source.double_quote:
        return escaped_rows(source, lines)
    return csv.reader(
        lines,
        delimiter=source.separator,
        quotechar=source.quote,
        quoting=csv.QUOTE_MINIMAL if source.quote is not None else csv.QUOTE_NONE,
        doublequote=source.double_quote,
        escapechar=source.escape,
        skipinitialspace=source.skip_initial_space,
    )


def _is_open(record: str, source: DelimitedText) -> bool:
    """Return true if the last record of a file ends inside quotes, or with an escape and no character after it."""
    is_quoted, begins, position = False, True, 0
    while position < len(record):
        character = record[position]
        if character == source.escape:
            position, begins = position + 2, False
            continue
        if character == source.quote and is_quoted:
            if source.double_quote and record[position + 1 : position + 2] == source.quote:
                position += 1
            else:
                is_quoted = False
        elif character == source.quote and begins:
            is_quoted = True
        is_skipped = begins and character == " " and source.skip_initial_space
        begins = is_skipped or (not is_quoted and character == source.separator)
        position += 1
    return is_quoted or position > len(record)
