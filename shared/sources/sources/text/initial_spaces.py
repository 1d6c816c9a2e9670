"""Delimited text without the spaces at the beginning of fields, for Arrow's CSV reader, which has no option for them.

As in Python's csv module with `skipinitialspace`: spaces after a delimiter or a line break are no part of the field, and a quote
after them opens it. Spaces inside quotes, after an escape and at the end of a field stay.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO

import numpy as np

from contracts.source import DelimitedText

_SPACE = 32
_BREAKS_APART = re.compile(rb"\r(?=[\r ]* \n)")
"""A carriage return that spaces part from a line feed: without the spaces, two line breaks would be one."""


class InitialSpaces(io.RawIOBase):
    """A stream of text that begins with a record, without initial spaces.

    What ends a block and may go on in the next one is held back: a delimiter with spaces, a quoted field, an escape.
    """

    def __init__(self, stream: BinaryIO, source: DelimitedText) -> None:
        self._stream = stream
        self._held = b"\n"  # the text begins as a line does
        self._is_start = True
        marks = (source.quote, source.escape)
        self._marks = [mark.encode() for mark in marks if mark is not None]
        self._breaks = source.separator.encode() + b"\r\n"
        self._fields = _pattern(source)

    def readable(self) -> bool:
        """Return true."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the text of some blocks of `size` bytes, b"" only at the end."""
        while True:
            block = self._stream.read(size)
            text = self._held + block
            is_quoted = any(mark in text for mark in self._marks)
            skip = self._with_quotes if is_quoted else self._without_quotes
            skipped, end = skip(text, is_all=not block)
            self._held = text[end:]
            if self._is_start and skipped:
                self._is_start, skipped = False, skipped[1:]
            if skipped or not block:
                return skipped
            size = max(size, len(self._held))  # a long quoted field is not searched again for each block

    def _without_quotes(self, text: bytes, *, is_all: bool) -> tuple[bytes, int]:
        """Return the text without initial spaces, and the offset from which it is held back."""
        whole = text.rstrip(b" ")
        is_open = bool(whole) and whole[-1] in self._breaks and not is_all
        end = min(len(whole) - 1, _last_breaks(text)) if is_open else len(text)
        if b" " not in text:
            return text[:end], end
        text = _BREAKS_APART.sub(b"\n", text)
        characters = np.frombuffer(text, np.uint8, end)
        spaces = np.flatnonzero(characters == _SPACE)
        begins = np.ones(len(spaces), np.bool_)
        begins[1:] = np.diff(spaces) != 1
        before = spaces[begins] - 1
        is_initial = np.isin(characters[before], np.frombuffer(self._breaks, np.uint8)) & (before >= 0)
        keep = np.ones(end, np.bool_)
        keep[spaces[is_initial[np.cumsum(begins) - 1]]] = False
        return characters[keep].tobytes(), end

    def _with_quotes(self, text: bytes, *, is_all: bool) -> tuple[bytes, int]:
        parts: list[bytes] = []
        position = 0
        last = len(text) if is_all else _last_breaks(text)
        for match in self._fields.finditer(text):
            if not is_all and (match.end() == len(text) or match.start() >= last):
                parts.append(text[position : match.start()])
                return b"".join(parts), match.start()
            is_apart = _BREAKS_APART.match(text, match.start()) is not None
            if match["spaces"] or is_apart:
                parts.append(text[position : match.start()])
                parts.append(b"\n" if is_apart else text[match.start() : match.start("spaces")])
                position = match.end("spaces")
        parts.append(text[position:])
        return b"".join(parts), len(text)


def _last_breaks(text: bytes) -> int:
    """Return the offset of the carriage returns, with spaces, that end the text; its length without any."""
    begin = len(text.rstrip(b"\r "))
    first = text.find(b"\r", begin)
    return len(text) if first < 0 else first


def _pattern(source: DelimitedText) -> re.Pattern[bytes]:
    """Return a pattern of the beginnings of fields, each with a quoted part, and of escapes outside of those."""
    breaks = rf"[{re.escape(source.separator)}\r\n](?P<spaces> *+)"
    escaped = None if source.escape is None else rf"{re.escape(source.escape)}.?"
    if source.quote is not None:
        quote = re.escape(source.quote)
        inside = [rf"[^{quote}{re.escape(source.escape or '')}]", *([escaped] if escaped else [])]
        inside += [quote + quote] if source.double_quote else []
        breaks += rf"(?:{quote}(?:{'|'.join(inside)})*+{quote}?)?"
    return re.compile("|".join([*([escaped] if escaped else []), breaks]).encode(), re.DOTALL)
