"""Times of ISO 8601 text, by whole columns: the rows that are written alike are parsed together, digit by digit.

A row's shape is its text with a 0 for each digit. Columns have one shape, or few: the first row that is not parsed yet has the
next. A row whose text only a slower parser reads (spaces around it, one of many shapes) is left to the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import pyarrow as pa

from sources.arrays import Bools, Int32s, Int64s, Uint8s
from sources.values.calendar_days import begins_of_months
from sources.values.text_bytes import text_bytes

_SHAPE = re.compile(
    rb"0000-00-00(?:[T ](?P<clock>00:00)(?P<second>:00(?:[.,](?P<fraction>0+))?)?"
    rb"(?: ?(?P<offset>Z|(?P<sign>[+-])(?P<hours>00)(?::?(?P<minutes>00))?))?)?"
)
_SHORTEST, _LONGEST = len("0000-00-00"), 48
_MOST_SHAPES = 4
"""Shapes of one length that are looked for."""
_ROWS = 1 << 14
"""Rows that are parsed at once, so that they stay in the processor's cache."""
_ZERO = ord("0")
_SECOND, _DAY = 1_000_000, 86_400_000_000


@dataclass(frozen=True)
class IsoTimes:
    """Microseconds since 1970 of each row, and which rows were parsed; arrays are [rows]."""

    micros: Int64s
    """In UTC where the row has an offset, else of the clocks by which it is written; 0 in a row that was not parsed."""
    parsed: Bools
    local: Bools
    """Rows without an offset."""


def iso_times(texts: pa.Array) -> IsoTimes:
    """Parse the rows of a binary array: dates and times as ISO 8601 writes them, extended.

    Digits of a fraction after the sixth are cut off. Rows that are missing, or no times, are not parsed.
    """
    rows = len(texts)
    times = IsoTimes(np.zeros(rows, np.int64), np.zeros(rows, np.bool_), np.zeros(rows, np.bool_))
    text, begins, lengths = text_bytes(texts)
    for length in np.flatnonzero(np.bincount(np.minimum(lengths, _LONGEST + 1))).tolist():
        if not _SHORTEST <= length <= _LONGEST:
            continue
        rows = np.flatnonzero(lengths == length)
        for _ in range(_MOST_SHAPES):
            if not len(rows):
                break
            begin = int(begins[rows[0]])
            shape = _Shape.of(re.sub(rb"[0-9]", b"0", text[begin : begin + length].tobytes()))
            if shape is None:
                break
            for first in range(0, len(rows), _ROWS):
                chunk = rows[first : first + _ROWS]
                times.micros[chunk], times.parsed[chunk] = shape.parse(text, begins[chunk])
            times.local[rows] = times.parsed[rows] & shape.is_local
            rows = rows[~times.parsed[rows]]
    return times


@dataclass(frozen=True)
class _Shape:
    """The places of a time's digits: the first byte of each number, or None for one that the shape does not have."""

    text: bytes
    clock: int | None
    second: int | None
    fraction: tuple[int, int]
    """The first and the last byte, plus one, of the digits that count."""
    sign: int
    hours: int | None
    minutes: int | None
    is_local: bool
    """True without an offset."""

    @classmethod
    @cache
    def of(cls, text: bytes) -> _Shape | None:
        """Return the shape of this text, or None if no time is written so."""
        match = _SHAPE.fullmatch(text)
        if match is None:
            return None
        begins = {name: match.start(name) if match[name] is not None else None for name in match.groupdict()}
        first = begins["fraction"]
        return cls(
            text,
            begins["clock"],
            None if begins["second"] is None else begins["second"] + 1,
            (0, 0) if first is None else (first, min(match.end("fraction"), first + 6)),
            -1 if match["sign"] == b"-" else 1,
            begins["hours"],
            begins["minutes"],
            match["offset"] is None,
        )

    def parse(self, text: Uint8s, begins: Int64s) -> tuple[Int64s, Bools]:
        """Return the microseconds of the rows that begin there, 0 where the text is no time of this shape; and which are."""
        digits = np.empty((len(self.text), len(begins)), np.uint8)
        is_time = np.ones(len(begins), np.bool_)
        places = begins.copy()
        for row, byte in zip(digits, self.text, strict=True):
            text.take(places, out=row, mode="clip")  # six times as fast as an index, and no place is outside
            np.subtract(row, np.uint8(byte), out=row)
            is_time &= row <= (9 if byte == _ZERO else 0)
            places += 1
        month, day = _two(digits, 5), _two(digits, 8)
        month_of_all = _two(digits, 0) * 1200 + _two(digits, 2) * 12 + month
        is_time &= (month >= 1) & (month <= 12)
        begin_of_months = begins_of_months()
        index = np.where(is_time, month_of_all - 1, 0)
        first = begin_of_months.take(index, mode="clip")
        is_time &= (day >= 1) & (day <= begin_of_months.take(index + 1, mode="clip") - first)
        days = first + day - 1
        seconds = np.zeros(len(begins), np.int32)
        if self.clock is not None:
            hour, minute = _two(digits, self.clock), _two(digits, self.clock + 3)
            is_time &= (hour <= 23) & (minute <= 59)
            seconds += hour * 3600 + minute * 60
        if self.second is not None:
            second = _two(digits, self.second)
            is_time &= second <= 59
            seconds += second
        if self.hours is not None:
            offset = _two(digits, self.hours) * 3600
            is_time &= offset <= 23 * 3600
            if self.minutes is not None:
                minute = _two(digits, self.minutes)
                is_time &= minute <= 59
                offset += minute * 60
            seconds -= self.sign * offset
        micros = days * np.int64(_DAY) + seconds * np.int64(_SECOND)
        weight = _SECOND
        for place in range(*self.fraction):
            weight //= 10
            micros += digits[place] * np.int32(weight)
        micros[~is_time] = 0
        return micros, is_time


def _two(digits: Uint8s, place: int) -> Int32s:
    """Return the number of two digits from a place on."""
    return cast("Int32s", digits[place] * np.int32(10) + digits[place + 1])
