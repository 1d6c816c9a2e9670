"""Times of text in a given format, by whole columns: all rows are read in step, part by part of the pattern.

Each row has a cursor, which the parts move on; a row whose next bytes do not fit the part has failed. So the time depends on the
pattern, not on the number of ways in which its rows are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features.time_patterns import WIDTHS, Directive, Part, parts_of
from sources.arrays import Bools, Int32s, Int64s, Uint8s
from sources.values.calendar_days import begins_of_months
from sources.values.text_bytes import text_bytes

_ROWS = 1 << 14
"""Rows that are parsed at once, so that they stay in the processor's cache."""
_MOST_SPACES = 64
_CASE, _ZERO = 0x20, ord("0")
_SECOND, _DAY = 1_000_000, 86_400_000_000
_CENTURY = 69
"""The first year of two digits that is of the 20th century, as POSIX has it."""
_FRACTION = 6
_CLOCK: Mapping[Directive, tuple[int, int]] = {"H": (3600, 23), "M": (60, 59), "S": (1, 59)}
"""Seconds of each part, and its largest value."""
_MONTHS: tuple[Directive, ...] = ("m", "b", "B")
_NAMES: Mapping[str, Sequence[str]] = {
    "b": (
        *("january", "february", "march", "april", "may", "june"),
        *("july", "august", "september", "october", "november", "december"),
    ),
    "a": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
}


@dataclass(frozen=True)
class PatternTimes:
    """Microseconds since 1970 of each row, and which rows were parsed; arrays are [rows]."""

    micros: Int64s
    """Of the clocks by which the text is written, or in UTC where the pattern has an offset; 0 in a row that was not parsed."""
    parsed: Bools


def pattern_times(texts: pa.Array, pattern: str) -> PatternTimes:
    """Parse the rows of a binary array, which may have spaces and tabs around them. Rows that are missing are not parsed.

    Parts of a date that the pattern does not have are the first: of January, of the month, of the day. Digits of a fraction after
    the sixth are cut off. The year 0, and days and hours that there are not, are not parsed.
    """
    times = _parse(texts, pattern)
    left = np.flatnonzero(~times.parsed & texts.is_valid().to_numpy(zero_copy_only=False))
    if len(left):
        written = texts.take(pa.array(left))
        trimmed = pc.ascii_trim(written.view(pa.string()), characters=" \t").view(pa.binary())
        if not trimmed.equals(written):
            again = _parse(trimmed, pattern)
            times.micros[left], times.parsed[left] = again.micros, again.parsed
    return times


def _parse(texts: pa.Array, pattern: str) -> PatternTimes:
    times = PatternTimes(np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_))
    text, begins, lengths = text_bytes(texts)
    parts = parts_of(pattern)
    for first in range(0, len(texts) if len(text) else 0, _ROWS):
        rows = slice(first, first + _ROWS)
        cursor = _Cursor(text, begins[rows].copy(), begins[rows] + lengths[rows], lengths[rows] > 0)
        for part in parts:
            cursor.read(part)
        cursor.fits &= cursor.places == cursor.ends
        micros = _micros(cursor)
        micros[~cursor.fits] = 0
        times.micros[rows], times.parsed[rows] = micros, cursor.fits
    return times


@dataclass
class _Cursor:
    """The rows of a chunk: where the next byte of each is and where it ends, whether all before fits, and the numbers so far."""

    text: Uint8s
    places: Int64s
    ends: Int64s
    fits: Bools
    numbers: dict[Directive, Int32s] = field(default_factory=dict[Directive, Int32s])

    def next_bytes(self, ahead: int | Int64s = 0) -> Uint8s:
        """Return the byte of each row, 0 after its end."""
        places = self.places + ahead
        values = self.text.take(places, mode="clip")
        values *= places < self.ends
        return values

    def read(self, part: Part) -> None:
        match part.directive:
            case None if part.literal:
                self._literal(part.literal)
            case None:
                self._spaces()
            case "b" | "a" | "B" | "A":
                self._name(part.directive)
            case "p":
                self._half_of_day()
            case "z":
                self._offset()
            case "f":
                self._fraction(is_full=part.is_full)
            case directive:
                self.numbers[directive] = self._number(WIDTHS[directive], is_full=part.is_full)

    def _literal(self, literal: bytes) -> None:
        for ahead, byte in enumerate(literal):
            values = self.next_bytes(ahead)
            is_letter = bytes([byte]).isalpha()
            self.fits &= (values | _CASE) == (byte | _CASE) if is_letter else values == byte
        self.places += len(literal)

    def _spaces(self) -> None:
        self.fits &= _are_spaces(self.next_bytes())
        self.places += 1
        for _ in range(_MOST_SPACES):
            more = _are_spaces(self.next_bytes())
            if not more.any():
                return
            self.places += more

    def _digits(self) -> tuple[Uint8s, Bools]:
        digits = self.next_bytes() - np.uint8(_ZERO)
        return digits, digits <= 9

    def _number(self, width: int, *, is_full: bool) -> Int32s:
        first, is_digit = self._digits()
        self.fits &= is_digit
        self.places += 1
        number = first.astype(np.int32)
        for _ in range(1, width):
            digit, is_next = self._digits()
            is_digit &= is_next
            if is_full:
                self.fits &= is_next
            number = np.where(is_digit, number * 10 + digit, number)
            self.places += is_digit
        return number

    def _fraction(self, *, is_full: bool) -> None:
        micros = np.zeros(len(self.places), np.int32)
        weight, is_digit = _SECOND, np.ones(len(self.places), np.bool_)
        for place in range(_FRACTION if is_full else WIDTHS["f"]):
            digit, is_next = self._digits()
            is_digit &= is_next
            if is_full or place == 0:
                self.fits &= is_next
            weight //= 10
            micros += np.where(is_digit, digit, 0) * np.int32(weight)
            self.places += is_digit
        self.numbers["f"] = micros

    def _name(self, directive: Directive) -> None:
        names = _Names.of(directive.lower())
        letters = [self.next_bytes(ahead).astype(np.int32) | _CASE for ahead in range(3)]
        code = letters[0] << 16 | letters[1] << 8 | letters[2]
        index = code % names.divisor
        self.fits &= names.codes.take(index) == code
        if directive.isupper():
            lengths = names.lengths.take(index)
            for ahead in range(3, len(names.letters)):
                is_right = (self.next_bytes(ahead) | _CASE) == names.letters[ahead].take(index)
                self.fits &= is_right | (ahead >= lengths)
            self.places += lengths
        else:
            self.places += 3
        self.numbers[directive] = names.numbers.take(index)

    def _half_of_day(self) -> None:
        letter = self.next_bytes() | _CASE
        self.fits &= ((letter == ord("a")) | (letter == ord("p"))) & ((self.next_bytes(1) | _CASE) == ord("m"))
        self.places += 2
        self.numbers["p"] = np.where(letter == ord("p"), np.int32(12), np.int32(0))

    def _offset(self) -> None:
        """Read seconds east of UTC."""
        sign = self.next_bytes()
        is_utc = sign == ord("Z")
        self.fits &= is_utc | (sign == ord("+")) | (sign == ord("-"))
        self.places += 1
        hours, are_hours = self._two(0)
        has_colon = (self.next_bytes(2) == ord(":")).astype(np.int64)
        minutes, are_minutes = self._two(2 + has_colon)
        has_minutes = are_minutes & ~is_utc
        minutes = np.where(has_minutes, minutes, 0)
        self.fits &= is_utc | (are_hours & (hours <= 23) & (minutes <= 59))
        offset = np.where(is_utc, 0, hours * 3600 + minutes * 60)
        self.numbers["z"] = np.where(sign == ord("-"), -offset, offset)
        self.places += np.where(is_utc, 0, 2 + has_minutes * (2 + has_colon))

    def _two(self, ahead: int | Int64s) -> tuple[Int32s, Bools]:
        tens, ones = (self.next_bytes(ahead + place) - np.uint8(_ZERO) for place in (0, 1))
        return tens * np.int32(10) + ones, (tens <= 9) & (ones <= 9)


@dataclass(frozen=True)
class _Names:
    """English names by the code of their first three letters: their numbers from 1, lengths and letters; zeros between them.

    A name stands at the remainder of its code by the `divisor`. `letters`: [longest name, divisor].
    """

    divisor: int
    codes: Int32s
    numbers: Int32s
    lengths: Int32s
    letters: Uint8s

    @classmethod
    @cache
    def of(cls, directive: str) -> _Names:
        names = [name.encode() for name in _NAMES[directive]]
        codes = [int.from_bytes(name[:3]) for name in names]
        divisor = next(number for number in count(len(names)) if len({code % number for code in codes}) == len(names))
        shape = max(map(len, names)), divisor
        table = cls(divisor, *np.zeros((3, divisor), np.int32), letters=np.zeros(shape, np.uint8))
        for number, (name, code) in enumerate(zip(names, codes, strict=True), start=1):
            place = code % divisor
            table.codes[place], table.numbers[place], table.lengths[place] = code, number, len(name)
            table.letters[: len(name), place] = list(name)
        return table


def _are_spaces(values: Uint8s) -> Bools:
    return (values == ord(" ")) | (values == ord("\t"))


def _micros(cursor: _Cursor) -> Int64s:
    """Return the times of the numbers that were read, of any value in a row that failed; rows without such a time fail."""
    numbers, fits = cursor.numbers, cursor.fits
    year = numbers.get("Y")
    if year is None:
        year = numbers["y"] + np.where(numbers["y"] < _CENTURY, np.int32(2000), np.int32(1900))
    fits &= year >= 1
    days = _days(np.where(fits, year, 1970), numbers, fits)
    seconds = _seconds(numbers, fits) - numbers.get("z", np.int32(0))
    return days * np.int64(_DAY) + seconds * np.int64(_SECOND) + numbers.get("f", np.int32(0))


def _days(year: Int32s, numbers: dict[Directive, Int32s], fits: Bools) -> Int32s:
    begins = begins_of_months()
    first = np.ones(len(year), np.int32)
    if "j" in numbers:
        begin, end, day = begins.take(year * 12), begins.take(year * 12 + 12), numbers["j"]
    else:
        month = next((numbers[name] for name in _MONTHS if name in numbers), first)
        fits &= (month >= 1) & (month <= 12)
        index = np.where(fits, year * 12 + month - 1, 0)
        begin, end, day = begins.take(index), begins.take(index + 1), numbers.get("d", first)
    fits &= (day >= 1) & (day <= end - begin)
    return begin + day - 1


def _seconds(numbers: dict[Directive, Int32s], fits: Bools) -> Int32s:
    seconds = np.zeros(len(fits), np.int32)
    if "I" in numbers:
        fits &= (numbers["I"] >= 1) & (numbers["I"] <= 12)
        seconds += (numbers["I"] % 12 + numbers["p"]) * 3600
    for name, (weight, largest) in _CLOCK.items():
        number = numbers.get(name)
        if number is not None:
            fits &= number <= largest
            seconds += number * weight
    return seconds
