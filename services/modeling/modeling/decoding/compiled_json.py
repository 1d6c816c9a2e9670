"""Fast decoder of bodies of rows or columns, compiled for a model's fields.

It reads the form that most clients send. Any other body goes to the general decoder, `rows_and_columns`, which is slower and
reports errors: text in place of a number, `{"b64": …}`, NaN, a duplicate name, escaped text, another signature.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import UNSET, UnsetType

from contracts.errors import InvalidRequest
from contracts.features.spelling import canonical_text
from modeling.decoding.raw_fields import Fields
from modeling.feature_kinds.raw_values import RawValues
from sources.arrays import Array

_SHORT = 4096
"""Size in bytes up to which Python counts quotes faster than numpy."""
_MOST_KEPT, _LONGEST_KEPT = 4096, 64
"""Number and length of the texts whose spelling is kept."""


class _Spellings(dict[str, str]):
    """The canonical spelling of texts, by text: `canonical_text`, which takes several times as long as a look."""

    def __init__(self, decimal_point: str) -> None:
        super().__init__()
        self._point = decimal_point

    def __missing__(self, text: str) -> str:
        spelled = canonical_text(text, self._point)
        if len(self) < _MOST_KEPT and len(text) <= _LONGEST_KEPT:
            self[text] = spelled
        return spelled


class PlainBodies:
    """Reads `{"instances": [{…}, …]}` and `{"inputs": {…: […], …}}`, of numbers, text and null."""

    def __init__(self, fields: Fields) -> None:
        """Compile the decoders. Raises `ValueError` for names that JSON has to escape, and for lists."""
        if fields.lists or fields.vectors:
            raise ValueError("lists are read by the general decoder")
        self._fields = fields
        self._width, self._depth = len(fields.numeric_at), len(fields.categorical_at)
        self._spellings = _Spellings(fields.decimal_point)
        self._wholes = list(fields.integers.places)
        names = [*fields.numeric_at, *fields.categorical_at, *self._wholes]
        self._respelled = {place for name, place in fields.categorical_at.items() if name in fields.respelled}
        kinds: list[Any] = [float | None] * self._width + [str | None] * self._depth
        kinds += [int | float | str | None] * len(self._wholes)
        row, columns = _object(names, kinds), _object(names, [list[kind] for kind in kinds])
        self._decode = msgspec.json.Decoder(_object(["instances", "inputs"], [list[row], columns])).decode

    def read(self, body: bytes) -> tuple[str, RawValues] | None:
        """Return the values of a body, and the name that holds them; None if it needs the general decoder."""
        try:
            rows, columns = msgspec.structs.astuple(self._decode(body))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        try:
            if rows and columns is UNSET:
                name, (values, texts) = "instances", self._rows(list(map(msgspec.structs.astuple, rows)))
            elif columns and rows is UNSET and (rows := _length(given := msgspec.structs.astuple(columns))):
                name, (values, texts) = "inputs", self._columns(given, rows)
            else:
                return None
        except InvalidRequest:
            return None
        # The decoder drops one of two equal names, which the number of quotes in the body then exceeds.
        return (name, values) if b"\\" not in body and _quotes(body) == 2 * (1 + texts) else None

    def _rows(self, rows: list[tuple[Any, ...]]) -> tuple[RawValues, int]:
        """Return the values of rows of fields, and the count of names and values in them that are text."""
        width, end = self._width, self._width + self._depth
        numbers = [math.nan if value is None or value is UNSET else value for row in rows for value in row[:width]]
        tokens = np.empty((len(rows), self._depth), object)
        texts = 0
        for index, row in enumerate(rows):
            given = row[width:end]
            absent, nulls = row.count(UNSET), given.count(None)
            present = [value or "" for value in given] if absent or nulls else given
            tokens[index] = self._spelled(present) if self._respelled else present
            texts += len(row) + len(given) - absent - nulls - (given.count(UNSET) if absent else 0)
        numeric = self._fields.numbers(np.array(numbers, np.float64).reshape(len(rows), width))
        if not self._wholes:
            return RawValues(numeric, tokens), texts
        wholes = [[row[place] for row in rows] for place in range(end, end + len(self._wholes))]
        integers, more = self._integers(wholes, len(rows))
        return RawValues(numeric, tokens, integers), texts + more

    def _integers(self, columns: list[list[Any]], rows: int) -> tuple[Array | None, int]:
        """Return the values of whole numbers and instants, and the count of those that are text. Raises `InvalidRequest`."""
        given = {
            name: [None if value is UNSET else value for value in column]
            for name, column in zip(self._wholes, columns, strict=True)
        }
        texts = sum(isinstance(value, str) for column in given.values() for value in column)
        return self._fields.integers.matrix(rows, given, lambda name, row: f"{name}[{row}]"), texts

    def _spelled(self, row: Sequence[str]) -> Sequence[str]:
        """Return a row's text with the canonical spelling of the features that have it."""
        spelled = list(map(self._spellings.__getitem__, row))
        if len(self._respelled) == self._depth:
            return spelled
        return [spelled[place] if place in self._respelled else text for place, text in enumerate(row)]

    def _columns(self, given: tuple[Any, ...], rows: int) -> tuple[RawValues, int]:
        """Return the values of columns of `rows` values each, and the count of names and values that are text."""
        numbers = np.full((rows, self._width), np.nan, np.float64)
        for place, column in enumerate(given[: self._width]):
            if column is not UNSET:
                numbers[:, place] = pa.array(column, pa.float64()).to_numpy(zero_copy_only=False)
        texts = len(given) - given.count(UNSET)
        columns: list[list[str]] = []
        end = self._width + self._depth
        for place, column in enumerate(given[self._width : end]):
            if column is UNSET:
                columns.append([""] * rows)
                continue
            nulls = 0 if all(column) else column.count(None)  # counting takes three times as long
            texts += rows - nulls
            present = [value or "" for value in column] if nulls else column
            is_respelled = place in self._respelled
            columns.append(list(map(self._spellings.__getitem__, present)) if is_respelled else present)
        tokens = np.fromiter(chain.from_iterable(zip(*columns, strict=True)), object, rows * self._depth)
        numeric, tokens = self._fields.numbers(numbers), tokens.reshape(rows, self._depth)
        if not self._wholes:
            return RawValues(numeric, tokens), texts
        wholes = [[None] * rows if column is UNSET else column for column in given[end:]]
        integers, more = self._integers(wholes, rows)
        return RawValues(numeric, tokens, integers), texts + more


def _object(names: Sequence[str], kinds: Sequence[Any]) -> Any:
    """Return a type of objects with any of these names and no others."""
    fields = [(f"field{index}", kind | UnsetType, UNSET) for index, kind in enumerate(kinds)]
    rename = {f"field{index}": name for index, name in enumerate(names)}
    return msgspec.defstruct("Object", fields, rename=rename, forbid_unknown_fields=True, gc=False)


def _length(columns: tuple[Any, ...]) -> int:
    """Return the common length of the columns; 0 if their lengths differ."""
    lengths = {len(column) for column in columns if column is not UNSET}
    return lengths.pop() if len(lengths) == 1 else 0


def _quotes(body: bytes) -> int:
    return body.count(b'"') if len(body) <= _SHORT else int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord('"')))
