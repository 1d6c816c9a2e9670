"""The general decoder: raw values, by row or by column, to the inputs of a signature, for all protocols.

Plain bodies never reach it: `compiled_json` decodes them several times as fast, and leaves all others to this module.

A value that is absent, null, NaN or empty text is missing, as in `raw_fields`. Every error names row and field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidRequest
from contracts.features.spelling import canonical_token
from modeling.decoding.raw_fields import Fields
from modeling.decoding.received import received
from modeling.feature_kinds.raw_values import RawValues
from sources.values.number_tokens import number_tokens

Column = Sequence[object] | np.ndarray[Any, Any]
"""One value per row: as JSON has them, or an array of numbers, or of bytes as objects."""


_PLAIN = {float, int, type(None)}
"""Types that numpy converts as `Fields.number` does, null as NaN."""


def read_rows(rows: object, fields: Fields, where: str) -> RawValues:
    """Decode a list of objects of fields; of bare values, too, where there is a single field.

    `where`: what the list is called in the body. Raises `InvalidRequest`: `instances[3].distance: …`.
    """
    if not isinstance(rows, list):
        raise InvalidRequest(f"{where} must be a list of rows. Received: {received(rows)}")
    given = cast("list[object]", rows)
    if not given:
        raise InvalidRequest(f"{where} must hold at least one row. Received: []")
    width, depth = len(fields.numeric_at), len(fields.categorical_at)
    numeric: list[list[float]] = []
    tokens = np.empty((len(given), depth), object)
    whole: list[list[object]] = [[] for _ in fields.integers.places]
    missing: list[Any] = [math.nan] * width + [None] * len(whole)
    vectors: dict[str, list[object]] = {name: [None] * len(given) for name in fields.vectors}
    for index, row in enumerate(given):
        numbers, texts = missing.copy(), [b""] * depth
        try:
            single = fields.structs.flat_row(_as_object(row, fields))
            if vectors:
                here, single = fields.vectors.taken_from(single)
                for name, value in here.items():
                    vectors[name][index] = value
            _put_row(single, fields, numbers, texts)
        except InvalidRequest as error:
            separator = "" if error.message.startswith(".") else ": "
            raise InvalidRequest(f"{where}[{index}]{separator}{error.message}") from None
        for column, value in zip(whole, numbers[width:], strict=True):
            column.append(value)
        numeric.append(numbers[:width])
        tokens[index] = texts
    columns = dict(zip(fields.integers.places, whole, strict=True))

    def of_row(name: str, row: int) -> str:
        return f"{where}[{row}].{name}"

    integers = fields.integers.matrix(len(given), columns, of_row)
    numbers = float32(numeric, len(given), width)
    for name, column in vectors.items():
        read, places = _vector(column, fields, name, partial(of_row, name)), fields.vectors.places[name]
        numbers[:, places] = np.where(np.isnan(read), numbers[:, places], read)  # rows may have single elements instead
    return RawValues(numbers, fields.read_tokens(tokens, of_row), integers)


def _put_row(row: dict[str, object], fields: Fields, numbers: list[Any], texts: list[bytes]) -> None:
    """Write a row's values into their columns, those of integers after the numbers, as they came.

    Common types are handled here: calling `fields` takes twice as long.
    """
    places, has_nulls, respelled = fields.places, bool(fields.null_numbers), fields.respelled
    width = len(fields.numeric_at)
    name = ""
    try:
        for name, value in row.items():
            if value is None and name in places:
                continue
            place = places[name]
            kind = type(value)
            if place < 0:
                is_plain = kind is str and name not in respelled
                texts[~place] = cast("str", value).encode() if is_plain else fields.token(value, name)
            elif place >= width:
                numbers[place] = value
            elif kind is float and not has_nulls:
                numbers[place] = cast("float", value)
            else:
                numbers[place] = fields.number(value, name)
    except KeyError:
        raise fields.unknown(name) from None
    except InvalidRequest as error:
        raise InvalidRequest(f".{name}: {error.message}") from None


def _as_object(row: object, fields: Fields) -> dict[str, object]:
    """Return a row by field name. A model with one input takes bare values too."""
    if type(row) is dict:
        named = cast("dict[str, object]", row)
        if fields.only is None or named.keys() != {"b64"} or fields.only == "b64":
            return named
    if fields.only is None:
        raise InvalidRequest(f"must be an object of fields. Received: {received(row)}")
    return {fields.only: row}


def read_columns(
    columns: Mapping[str, Column],
    rows: int,
    fields: Fields,
    where: Callable[[str], str],
    *,
    where_of_value: Callable[[str, int], str] | None = None,
) -> RawValues:
    """Decode columns of `rows` values each, by field. `where`: the name of a field's column in the body.

    `where_of_value`: the name of one of the integers, where it is not the column's with the row's number.

    Raises `InvalidRequest`: `inputs.distance[3]: …`.
    """
    width, depth = len(fields.numeric_at), len(fields.categorical_at)
    numeric = np.full((rows, width), np.nan, np.float32)
    tokens = np.full((rows, depth), b"", object)
    whole: dict[str, Column] = {}

    def in_column(name: str, row: int) -> str:
        return f"{where(name)}[{row}]"

    value_at = where_of_value or in_column
    columns = fields.structs.flat_columns(columns, rows, value_at)
    for name, column in columns.items():
        if name in fields.vectors:
            _check_elements(columns, fields, name, where)
            numeric[:, fields.vectors.places[name]] = _vector(column, fields, name, partial(value_at, name))
        elif (place := fields.numeric_at.get(name)) is not None:
            numeric[:, place] = _numbers(column, fields, name, where)
        elif (place := fields.categorical_at.get(name)) is not None:
            tokens[:, place] = _tokens(column, fields, name, where)
        elif name in fields.integers.places:
            whole[name] = column
        else:
            raise InvalidRequest(f"{where(name[:60])}: {fields.unknown(name).message}")
    integers = fields.integers.matrix(rows, whole, value_at)
    return RawValues(numeric, fields.read_tokens(tokens, value_at), integers)


def _vector(column: Column, fields: Fields, name: str, place: Callable[[int], str]) -> np.ndarray[Any, Any]:
    """Return a vector's rows as float32 [rows, elements], NaN where missing."""
    return fields.numbers(fields.vectors.matrix(name, column, fields.number, place))


def _check_elements(columns: Mapping[str, Column], fields: Fields, vector: str, where: Callable[[str], str]) -> None:
    """Raise `InvalidRequest` for a column of an element where there is one of its vector."""
    both = next((name for name in fields.vectors.elements[vector] if name in columns), None)
    if both is not None:
        raise InvalidRequest(f"{where(both)}: is in {vector!r}, too; send one of them")


def _numbers(column: Column, fields: Fields, name: str, where: Callable[[str], str]) -> np.ndarray[Any, Any]:
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiu":
        return fields.numbers(column)
    values = _listed(column)
    if _PLAIN.issuperset(map(type, values)):
        with suppress(OverflowError):  # a whole number of hundreds of digits
            return fields.numbers(np.array(values, np.float64))
    return float32(_convert(values, partial(fields.number, name=name), where(name)), len(values))


def _tokens(column: Column, fields: Fields, name: str, where: Callable[[str], str]) -> list[bytes]:
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        return [token or b"" for token in number_tokens(pa.array(column)).to_pylist()]  # in its own width
    values = _listed(column)
    try:
        texts = cast("Sequence[str]", ["" if value is None else value for value in values])
        tokens = list(map(str.encode, texts))
    except TypeError:  # not only text and what is missing
        return _convert(values, partial(fields.token, name=name), where(name))
    return [canonical_token(token, fields.decimal_point) for token in tokens] if name in fields.respelled else tokens


def _listed(column: Column) -> Sequence[object]:
    return column.tolist() if isinstance(column, np.ndarray) else column


def _convert(column: Sequence[object], convert: Callable[[object], Any], where: str) -> list[Any]:
    converted: list[Any] = []
    try:
        for value in column:
            converted.append(convert(value))  # noqa: PERF401  # its length is the index of an invalid value
    except InvalidRequest as error:
        raise InvalidRequest(f"{where}[{len(converted)}]: {error.message}") from None
    return converted


def row_count(columns: Mapping[str, Column], where: Callable[[str], str]) -> int:
    """Return the common length of the columns. Raises `InvalidRequest` for different lengths, and for 0."""
    first = next(iter(columns), None)
    if first is None or not len(columns[first]):
        raise InvalidRequest("there must be at least one column of at least one row")
    rows = len(columns[first])
    for name, column in columns.items():
        if len(column) != rows:
            raise InvalidRequest(f"{where(name)}: must have {rows} values, as {first!r} has. Received: {len(column)}")
    return rows


def float32(values: object, *shape: int) -> np.ndarray[Any, Any]:
    """Convert numbers to float32 by way of float64; a number too large becomes infinite, which is missing."""
    with np.errstate(over="ignore"):
        return np.array(values, np.float64).reshape(shape).astype(np.float32)
