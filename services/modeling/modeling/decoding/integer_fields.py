"""Raw fields that are whole numbers of 64 bits, since an expression of the model reads them: all their bits count.

Some of them are instants, in the format of their column: by default text as ISO 8601 writes dates and times, in UTC without an
offset, or microseconds since 1970. Text that is not of another format is read as ISO 8601: clients write timestamps so, which
typed files have without a format. Missing: null, NaN, empty text, a null token of the dataset's source, and -2^63, which stands
for a missing value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import InvalidRequest
from contracts.features import TimeFormat
from contracts.features.time_formats import AUTO
from modeling.decoding.received import received
from sources.arrays import Array
from sources.matrices import MISSING_INTEGER
from sources.values.instants import instants
from sources.values.text_values import Spelling, typed

_LARGEST = (1 << 63) - 1
_WHOLE = "a whole number of 64 bits"
_TIME = "a date or a time as ISO 8601 writes it, or microseconds since 1970"
_OR_ISO = ", or as ISO 8601 writes one"
_INTEGER = re.compile(r"[ \t]*[+-]?[0-9]{1,30}[ \t]*")


class IntegerFields:
    """The whole numbers among a model's raw fields. `instants`: those that are times, with their formats."""

    def __init__(
        self,
        names: Iterable[str],
        nulls: Iterable[str],
        instants: Mapping[str, TimeFormat] | None = None,
        marks: tuple[str, str | None] = (".", None),
    ) -> None:
        """Read null tokens by `nulls`. `marks`: decimal point and thousands separator of numbers that are text."""
        self.places = {name: place for place, name in enumerate(names)}
        self._nulls = {"", *nulls}
        self._are_nulls_text = not any(_INTEGER.fullmatch(null) for null in self._nulls)
        self._instants = {
            name: Spelling(tuple(sorted(self._nulls)), *marks, time=written)
            for name, written in (instants or {}).items()
        }

    def of_column(self, name: str, values: Sequence[object] | Array, place: Callable[[int], str]) -> Array:
        """Return a field's values as int64 [rows]. `place`: names a row in messages.

        Raises `InvalidRequest` for the first value of another type.
        """
        spelling = self._instants.get(name)
        is_counted = spelling is None or spelling.time is None or spelling.time.format == AUTO
        if isinstance(values, np.ndarray):
            if values.dtype.kind == "i" and self._are_nulls_text and is_counted:
                return values.astype(np.int64)
            return self.of_column(name, values.tolist(), place)
        if spelling is not None:
            return self._instants_of(values, spelling, place, is_counted=is_counted)
        return np.array([self._whole(value, index, place, _WHOLE) for index, value in enumerate(values)], np.int64)

    def _instants_of(
        self, values: Sequence[object], spelling: Spelling, place: Callable[[int], str], *, is_counted: bool
    ) -> Array:
        """Return times as microseconds since 1970. `is_counted`: numbers are that already."""
        expected = _TIME if is_counted or spelling.time is None else f"{spelling.time.expected}{_OR_ISO}"
        texts = {index: text for index, value in enumerate(values) if (text := _text(value)) is not None}
        present = {index: text for index, text in texts.items() if text.strip(" \t") not in self._nulls}
        column = np.full(len(values), MISSING_INTEGER, np.int64)
        written = pa.array([text.encode() for text in present.values()], pa.binary())
        read = typed(written, "instant", spelling)
        if spelling.time is not None and not is_counted:
            read = _or_iso(written, read, spelling.time)
        self._put(column, values, list(present), read, place, expected)
        others = [index for index in range(len(values)) if index not in texts]
        if is_counted:
            for index in others:
                column[index] = self._whole(values[index], index, place, expected)
            return column
        assert spelling.time is not None
        has_fractions = spelling.time.unix_unit == "unix_s"
        numbers = {
            index: number for index in others if (number := self._number_of(values, index, place, expected)) is not None
        }
        if not has_fractions:
            for index, number in numbers.items():
                if number != int(number) or not -_LARGEST <= number <= _LARGEST:
                    raise _wrong(place(index), expected, values[index])
        plain = map(float if has_fractions else int, numbers.values())
        counts = pa.array(list(plain), pa.float64() if has_fractions else pa.int64())
        self._put(column, values, list(numbers), instants(counts, spelling.time), place, expected)
        return column

    def _number_of(
        self, values: Sequence[object], index: int, place: Callable[[int], str], expected: str
    ) -> float | None:
        """Return a number, None where it is missing."""
        match value := values[index]:
            case None | -0x8000000000000000:  # as `MISSING_INTEGER`
                return None
            case int() | float() if not isinstance(value, bool):
                pass
            case _:
                raise _wrong(place(index), expected, value)
        try:
            double = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            raise _wrong(place(index), expected, value) from None
        if not math.isfinite(double) or str(int(value) if double.is_integer() else value) in self._nulls:
            return None
        return value

    def _put(
        self,
        column: Array,
        values: Sequence[object],
        rows: list[int],
        read: tuple[pa.Array, list[int]],
        place: Callable[[int], str],
        expected: str,
    ) -> None:
        """Set the rows of a column to what was read. Raises `InvalidRequest` for the first that is no time."""
        micros, wrong = read
        if wrong:
            index = rows[wrong[0]]
            raise _wrong(place(index), expected, values[index])
        column[rows] = micros.fill_null(MISSING_INTEGER).to_numpy(zero_copy_only=False)

    def _whole(self, value: object, index: int, place: Callable[[int], str], expected: str) -> int:
        text = _text(value)
        if value is None or (text is not None and text.strip(" \t") in self._nulls):
            return MISSING_INTEGER
        number = _number(value if text is None else text)
        if number is None or not MISSING_INTEGER <= number <= _LARGEST:
            raise _wrong(place(index), expected, value)
        return MISSING_INTEGER if str(number) in self._nulls else number

    def matrix(
        self, rows: int, columns: Mapping[str, Sequence[object] | Array], place: Callable[[str, int], str]
    ) -> Array | None:
        """Return all fields as int64 [rows, fields], missing where there is no column; None without fields.

        `place`: names a field's row in messages. Raises `InvalidRequest`.
        """
        if not self.places:
            return None
        matrix = np.full((rows, len(self.places)), MISSING_INTEGER, np.int64)
        for name, values in columns.items():
            matrix[:, self.places[name]] = self.of_column(name, values, lambda row, name=name: place(name, row))
        return matrix


def _or_iso(texts: pa.Array, read: tuple[pa.Array, list[int]], written: TimeFormat) -> tuple[pa.Array, list[int]]:
    """Return times with those read that are not of the column's format but as ISO 8601 writes them, by the clocks of its zone.

    Clients write timestamps so, which have no format.
    """
    micros, wrong = read
    if not wrong:
        return read
    places = pa.array(wrong)
    again, still = instants(texts.take(places), TimeFormat(zone=written.zone))
    mask = np.zeros(len(texts), np.bool_)
    mask[wrong] = True
    return pc.replace_with_mask(micros, pa.array(mask), again), [wrong[index] for index in still]


def _wrong(place: str, expected: str, value: object) -> InvalidRequest:
    return InvalidRequest(f"{place}: must be {expected}, or null where it is missing. Received: {received(value)}")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else value.decode(errors="replace") if isinstance(value, bytes) else None


def _number(value: object) -> int | None:
    """Return a number as a whole one: NaN as a missing value, text as it spells one; None if it is none."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            whole = MISSING_INTEGER if math.isnan(value) else None
            return int(value) if value.is_integer() else whole
        case str():
            return int(value) if _INTEGER.fullmatch(value) else None
        case _:
            return None
