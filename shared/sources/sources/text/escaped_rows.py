"""Parser of the dialect with both escapes and doubled quotes, where Python's csv module differs from Arrow.

After a closing quote, Python's module reads an escape character literally; in Arrow's parser, as here, it escapes there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from contracts.source import DelimitedText


def escaped_rows(source: DelimitedText, lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield the fields of each row, an empty list for an empty line; consumes lines, with their breaks, lazily."""
    row = _Row(source)
    for line in lines:
        if row.takes(line):
            yield row.fields
            row = _Row(source)
    if row.is_begun:
        yield row.ended()


class _Row:
    """A row being parsed, line by line."""

    def __init__(self, source: DelimitedText) -> None:
        assert source.quote is not None
        assert source.escape is not None
        self.fields: list[str] = []
        self.is_begun = False
        self._parts: list[str] = []
        self._is_quoted = False
        self._at_start = True
        self._skipped = " " if source.skip_initial_space else ""
        self._quote, self._escape, self._delimiter = source.quote, source.escape, source.separator
        marks = (re.escape(mark) for mark in (self._quote, self._delimiter))
        self._special = re.compile("|".join([rf"{re.escape(self._escape)}[\s\S]?", *marks]))

    def takes(self, line: str) -> bool:
        """Add a line. Return true if the row ends with it."""
        if not self.is_begun and not line.strip("\r\n" + self._skipped):
            return True
        self.is_begun = True
        position, doubled = 0, -1
        for match in self._special.finditer(line):
            self._add(line[position : match.start()])
            position = match.end()
            mark = match[0]
            if match.start() == doubled:
                continue
            if mark[0] == self._escape:
                self._at_start = False
                self._add(mark[1:])
            elif mark == self._delimiter and not self._is_quoted:
                self._end_field()
            elif mark == self._quote and self._is_quoted and line[position : position + 1] == self._quote:
                self._parts.append(mark)
                doubled = position
            elif mark == self._quote and (self._is_quoted or self._at_start):
                self._is_quoted = not self._is_quoted
                self._at_start = False
            else:
                self._add(mark)
        rest = line[position:]
        ends = not self._is_quoted and rest.endswith(("\n", "\r"))
        self._add(rest.rstrip("\r\n") if ends else rest)
        if ends:
            self._end_field()
        return ends

    def ended(self) -> list[str]:
        """Return the fields of a row that the end of the file ends."""
        self._end_field()
        return self.fields

    def _add(self, text: str) -> None:
        if self._at_start and self._skipped:
            text = text.lstrip(self._skipped)
        if text:
            self._parts.append(text)
            self._at_start = False

    def _end_field(self) -> None:
        self.fields.append("".join(self._parts))
        self._parts = []
        self._at_start = True
