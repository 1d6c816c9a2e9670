"""Rows of the dialect that has both escapes and doubled quotes, which Python's csv module reads in a way of its own.

Behind a closing quote it takes an escape for itself; in Arrow's parser, whose rules these are, it escapes there as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from contracts.source import DelimitedText


def escaped_rows(source: DelimitedText, lines: Iterator[str]) -> Iterator[list[str]]:
    """The fields of each row, none for an empty line; takes a line, with its break, only once it is needed."""
    row = _Row(source)
    for line in lines:
        if row.takes(line):
            yield row.fields
            row = _Row(source)
    if row.is_begun:
        yield row.ended()


class _Row:
    """A row on its way, line by line."""

    def __init__(self, source: DelimitedText) -> None:
        assert source.quote is not None
        assert source.escape is not None
        self.fields: list[str] = []
        self.is_begun = False
        self._parts: list[str] = []
        self._is_quoted = False
        self._at_start = True
        self._quote, self._escape, self._delimiter = source.quote, source.escape, source.separator
        marks = (re.escape(mark) for mark in (self._quote, self._delimiter))
        self._special = re.compile("|".join([rf"{re.escape(self._escape)}[\s\S]?", *marks]))

    def takes(self, line: str) -> bool:
        """Add a line; whether the row ends with it."""
        if not self.is_begun and not line.strip("\r\n"):
            return True
        self.is_begun = True
        at, doubled = 0, -1
        for found in self._special.finditer(line):
            self._add(line[at : found.start()])
            at = found.end()
            mark = found[0]
            if found.start() == doubled:
                continue
            if mark[0] == self._escape:
                self._add(mark[1:])
                self._at_start = False
            elif mark == self._delimiter and not self._is_quoted:
                self._end_field()
            elif mark == self._quote and self._is_quoted and line[at : at + 1] == self._quote:
                self._parts.append(mark)
                doubled = at
            elif mark == self._quote and (self._is_quoted or self._at_start):
                self._is_quoted = not self._is_quoted
                self._at_start = False
            else:
                self._add(mark)
        rest = line[at:]
        ends = not self._is_quoted and rest.endswith(("\n", "\r"))
        self._add(rest.rstrip("\r\n") if ends else rest)
        if ends:
            self._end_field()
        return ends

    def ended(self) -> list[str]:
        """The fields, where the file ends with the row."""
        self._end_field()
        return self.fields

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._at_start = False

    def _end_field(self) -> None:
        self.fields.append("".join(self._parts))
        self._parts = []
        self._at_start = True
