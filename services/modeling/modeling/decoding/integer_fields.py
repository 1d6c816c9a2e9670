"""Raw fields that are whole numbers of 64 bits, since an expression of the model reads them: all their bits count.

Some of them are instants: text as ISO 8601 writes dates and times, in UTC without an offset, or microseconds since 1970. Missing:
null, NaN, empty text, a null token of the dataset's source, and -2^63, which stands for a missing value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidRequest
from modeling.decoding.received import received
from sources.arrays import Array
from sources.matrices import MISSING_INTEGER
from sources.values.instants import instants

_LARGEST = (1 << 63) - 1
_WHOLE = "a whole number of 64 bits"
_TIME = "a date or a time as ISO 8601 writes it, or microseconds since 1970"
_INTEGER = re.compile(r"[ \t]*[+-]?[0-9]{1,30}[ \t]*")


class IntegerFields:
    """The whole numbers among a model's raw fields. `instants`: those that are times."""

    def __init__(self, names: Iterable[str], nulls: Iterable[str], instants: Collection[str] = ()) -> None:
        self.places = {name: place for place, name in enumerate(names)}
        self._nulls = {"", *nulls}
        self._are_nulls_text = not any(_INTEGER.fullmatch(null) for null in self._nulls)
        self._instants = frozenset(instants)

    def of_column(self, name: str, values: Sequence[object] | Array, place: Callable[[int], str]) -> Array:
        """Return a field's values as int64 [rows]. `place`: names a row in messages.

        Raises `InvalidRequest` for the first value of another type.
        """
        if isinstance(values, np.ndarray):
            if values.dtype.kind == "i" and self._are_nulls_text:
                return values.astype(np.int64)
            return self.of_column(name, values.tolist(), place)
        if name in self._instants:
            return self._instants_of(values, place)
        return np.array([self._whole(value, index, place, _WHOLE) for index, value in enumerate(values)], np.int64)

    def _instants_of(self, values: Sequence[object], place: Callable[[int], str]) -> Array:
        texts = {index: text for index, value in enumerate(values) if (text := _text(value)) is not None}
        present = {index: text for index, text in texts.items() if text.strip(" \t") not in self._nulls}
        micros, wrong = instants(pa.array([text.encode() for text in present.values()], pa.binary()))
        if wrong:
            index = list(present)[wrong[0]]
            raise _wrong(place(index), _TIME, values[index])
        column = np.full(len(values), MISSING_INTEGER, np.int64)
        column[list(present)] = micros.to_numpy(zero_copy_only=False)
        for index, value in enumerate(values):
            if index not in texts:
                column[index] = self._whole(value, index, place, _TIME)
        return column

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
