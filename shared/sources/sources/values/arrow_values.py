"""Arrow columns of any type to the three value types of features; for sources that carry types."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, assert_never, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, pointer
from contracts.features import TextRule
from contracts.schema import ValueType
from sources.read_request import ReadRequest
from sources.rejects import Problem
from sources.values.instants import instants
from sources.values.list_text import list_array, list_lengths, written_text
from sources.values.number_tokens import decimal_doubles, number_tokens
from sources.values.refused import refused
from sources.values.text_values import ARROW_TYPES, Spelling, typed
from sources.vectors.spread_columns import with_elements


def value_type(kind: pa.DataType) -> ValueType | None:
    """Return the value type of an Arrow type; None for types that no feature can have: nested ones, and times."""
    if pa.types.is_dictionary(kind):
        return value_type(kind.value_type)
    if pa.types.is_null(kind):
        return "float64"  # a column without values, as pandas writes it
    if pa.types.is_integer(kind):
        return "int64"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "float64"
    if pa.types.is_boolean(kind) or _is_text(kind):
        return "bytes"
    return None


def typed_rows(
    batch: pa.RecordBatch, request: ReadRequest, row_before: int, place: Callable[[int], str]
) -> pa.RecordBatch:
    """Return the requested columns with the requested types, and written ones with theirs.

    `row_before`: number of the range's rows before the batch.

    Raises `InvalidData` for a column whose type cannot be converted. A single value that cannot be converted makes its row a
    bad record, which raises `UnparsableValue` if none are allowed.
    """
    arrays: list[pa.Array] = []
    flat, bad = with_elements(batch, request) if request.vectors else (batch, dict[int, Problem]())
    for name, kind in request.columns.items():
        values, wrong = _column(flat.column(name), kind, name, request)
        for row, problem in wrong.items():
            bad.setdefault(row, problem)
        arrays.append(values)
    arrays += [_decoded(flat.column(column)) for column in request.written.values()]
    rows = pa.record_batch(arrays, names=[*request.columns, *request.written])
    for row in sorted(bad):
        request.refuse(bad[row], row_before + row + 1, lambda row=row: _as_json(batch, row), place)
    return rows.take(pa.array([row for row in range(len(rows)) if row not in bad], pa.int64())) if bad else rows


def _column(column: pa.Array, kind: ValueType, name: str, request: ReadRequest) -> tuple[pa.Array, dict[int, Problem]]:
    """Return a column with the requested type, and the problems of the values that cannot be converted, by row."""
    separator = request.separator(name)
    if separator is not None and is_list(column.type):
        values, wrong = list_texts(column, separator)
        values, others = _fitting(values, name, request)
        return values, {**others, **dict.fromkeys(wrong, request.held_separator(name))}
    if kind == "instant":
        values, wrong = _instants(column, request.null_values.get(name, ()), request.text_rules.get(name))
    elif kind != "bytes" and name in request.text_rules and value_type(column.type) == "bytes":
        values, wrong = _spelled(column, kind, name, request)
    else:
        column = _flat(column, kind, name, request)
        try:
            return _fitting(_converted(column, kind), name, request)
        except pa.ArrowInvalid:
            wrong = refused(column, lambda part: _converted(part, kind))
            keep = np.ones(len(column), np.bool_)
            keep[wrong] = False
            values = _converted(pc.if_else(pa.array(keep), column, pa.scalar(None, column.type)), kind)
    written = _decoded(column)
    return values, {row: request.wrong_value(name, _shown(written[row].as_py())) for row in wrong}


def _fitting(values: pa.Array, name: str, request: ReadRequest) -> tuple[pa.Array, dict[int, Problem]]:
    """Return a column, and where it has lists the problems of those that do not fit its rule, which are null."""
    rule = request.text_rules.get(name)
    if rule is None or rule.separator is None:
        return values, {}
    read, wrong = typed(values, "bytes", Spelling.of(request.null_values.get(name, ()), (".", None), rule))
    return read, {row: request.wrong_value(name, _shown(values[row].as_py())) for row in wrong}


def _shown(value: object) -> bytes | str:
    return value if isinstance(value, bytes) else str(value)


def _instants(column: pa.Array, nulls: Sequence[str], rule: TextRule | None) -> tuple[pa.Array, list[int]]:
    """Return a column of times, dates, text or numbers as microseconds, and the positions of values that are no time."""
    column = _decoded(column)
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), pa.int64()), []
    if _is_text(column.type):
        return typed(column.cast(pa.binary()), "instant", Spelling.of(("", *nulls), (".", None), rule))
    return instants(column, None if rule is None else rule.time)


def _spelled(column: pa.Array, kind: ValueType, name: str, request: ReadRequest) -> tuple[pa.Array, list[int]]:
    """Return text with affixes or marks as numbers, and the positions of values that do not parse."""
    text = _decoded(column)
    if pa.types.is_boolean(text.type):
        return _converted(text, kind), []
    nulls = ("", *request.null_values.get(name, ()))
    return typed(text.cast(pa.binary()), kind, Spelling.of(nulls, (".", None), request.text_rules[name]))


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def _as_json(batch: pa.RecordBatch, row: int) -> bytes:
    """Return a row as JSON, for files that are not text."""
    (values,) = cast("list[dict[str, Any]]", batch.slice(row, 1).to_pylist())
    return json.dumps(values, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def check_columns(schema: pa.Schema, request: ReadRequest) -> None:
    """Raise `InvalidData` for the first column that is not of its type by the type of the file, or exists twice."""
    file = request.file
    for name in request.vectors:
        _check_vector(schema, name, request)
    for name, wanted in request.columns.items():
        if name in request.vector_of:
            continue
        if len(schema.get_all_field_indices(name)) > 1:
            raise InvalidData(
                f"{file.uri}: column names must be distinct. Received twice: {name!r}",
                pointer=pointer("features", name),
            )
        kind = schema.field(name).type
        if (wanted == "instant" and is_time(kind)) or (request.separator(name) is not None and is_list(kind)):
            continue
        if value_type(kind) is None:
            raise InvalidData(_refusal(kind, name, file), pointer=pointer("features", name))


def _check_vector(schema: pa.Schema, name: str, request: ReadRequest) -> None:
    """Raise `InvalidData` for a vector's column that holds no lists of numbers, by the type of the file."""
    kind = schema.field(name).type
    if not pa.types.is_null(kind) and not is_list(kind):
        size = len(request.vectors[name])
        raise InvalidData(
            f"{request.file.uri}: column {name!r} is {kind}, and a vector of shape [{size}] is a list of {size} numbers; leave "
            "shape out, or write lists",
            pointer=request.pointer(name),
        )


def is_list(kind: pa.DataType) -> bool:
    """Return true for lists of what a token can be: text, numbers, booleans."""
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(kind) for test in lists) and (
        pa.types.is_null(kind.value_type) or value_type(kind.value_type) is not None
    )


def list_texts(column: pa.Array, separator: str) -> tuple[pa.Array, list[int]]:
    """Return lists as text, see `sources.values.list_text`, and the rows with a token that holds the separator."""
    values = column.flatten()
    flat = pa.nulls(len(values), pa.binary()) if pa.types.is_null(values.type) else tokens(_decoded(values))
    return written_text(list_array(flat, list_lengths(column)), separator)


def is_time(kind: pa.DataType) -> bool:
    """Return true for dates and timestamps, also as a dictionary."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_timestamp(plain) or pa.types.is_date(plain)


def _refusal(kind: pa.DataType, name: str, file: SourceFile) -> str:
    why = (
        "a list; read it with many, or shape, or exclude it"
        if is_list(kind)
        else f"a nested column{_kind_of_nested(kind)}; flatten it, or exclude it"
        if pa.types.is_nested(kind)
        else "neither a number nor a category"
    )
    return f"{file.uri}: column {name!r} is {kind}, which is {why}"


def _kind_of_nested(kind: pa.DataType) -> str:
    """Return why a column cannot be spread to columns of its leaves."""
    if pa.types.is_map(kind):
        return ", a map, of which each row may have other keys"
    if pa.types.is_struct(kind):
        return ", a struct without fields, or with a full stop in the name of one"
    return ", a list of other than single values"


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    tests += (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in tests)


def _flat(column: pa.Array, kind: ValueType, name: str, request: ReadRequest) -> pa.Array:
    """Return the column without dictionary encoding, if its type can be converted. Raises `InvalidData` if not."""
    if kind != "bytes":
        column = _decoded(column)
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), ARROW_TYPES[kind])
    natural = value_type(column.type)
    file, place = request.file, request.pointer(name)
    if natural is None:
        raise InvalidData(_refusal(column.type, name, file), pointer=place)
    if kind != "bytes" and natural == "bytes" and not pa.types.is_boolean(column.type):
        raise InvalidData(f"{file.uri}: column {name!r} is {column.type}, not a number", pointer=place)
    return column


def written_values(column: pa.Array) -> pa.Array:
    """Return a column as a file has it with a type that features have: text and booleans as bytes, numbers as float64."""
    natural = value_type(column.type)
    return (
        column
        if column.type == pa.binary() or natural is None
        else _converted(column, "bytes" if natural == "bytes" else "float64")
    )


def _converted(column: pa.Array, kind: ValueType) -> pa.Array:
    match kind:
        case "bytes":
            return tokens(column)
        case "int64":
            return _numbers(column, kind).cast(pa.int64())
        case "instant":
            raise AssertionError("times are read by `_instants`")
        case "float64":  # an integer beyond 2^53 is rounded to the nearest double, as everywhere
            return _numbers(column, kind).cast(pa.float64(), safe=False)
        case _:
            assert_never(kind)


def _numbers(column: pa.Array, kind: ValueType) -> pa.Array:
    """Return the column with true as 1 and false as 0, and a decimal as the nearest double where `kind` is float64."""
    if pa.types.is_decimal(column.type):
        return decimal_doubles(column) if kind == "float64" else column
    return column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column


def tokens(column: pa.Array) -> pa.Array:
    """Return categories as bytes: text unchanged, a whole number in decimal (1.0 is `1`), a boolean as `true` or `false`.

    A decimal keeps all of its digits, without zeros at the end of a fraction. Any other float becomes its shortest decimal form
    that parses to an equal float of its own width; NaN and empty text are null.
    """
    if isinstance(column, pa.DictionaryArray):
        return tokens(column.dictionary).take(column.indices)
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return number_tokens(column)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string()).cast(pa.binary())
    column = column.cast(pa.binary())
    present = pc.fill_null(pc.not_equal(pc.binary_length(column), 0), fill_value=False)
    if column.null_count == 0 and pc.all(present).as_py():
        return column
    if column.offset:
        return pc.if_else(present, column, pa.scalar(None, pa.binary()))
    # Reuse the text with a new validity bitmap: `if_else` would copy all values.
    _, offsets, text = column.buffers()
    return pa.Array.from_buffers(pa.binary(), len(column), [present.buffers()[1], offsets, text])
