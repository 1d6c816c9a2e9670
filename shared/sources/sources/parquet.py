"""Parquet to typed record batches: a run of row groups at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import InvalidData, UnparsableValue, UnreadableFile, pointer
from contracts.schema import ValueType
from sources.locations import filesystem_of

BATCH_ROWS = 16_384


def open_parquet(file: SourceFile) -> pq.ParquetFile:
    """The opened file. Raises `UnreadableFile` when it is not Parquet."""
    filesystem, path = filesystem_of(file.uri)
    try:
        return pq.ParquetFile(filesystem.open_input_file(path))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is not a Parquet file: {error}", pointer="/source") from error


def read_parquet(file: SourceFile, part: SourceRange, columns: Mapping[str, ValueType]) -> Iterator[pa.RecordBatch]:
    """The row groups from `part.start` up to `part.end`, as batches of the named columns; a missing value is null.

    Raises `InvalidData` for a column whose type cannot become the wanted one, `UnparsableValue` for a single such value.
    """
    with open_parquet(file) as opened:
        groups = range(part.start, part.end)
        schema = pa.schema([(name, _arrow_type(kind)) for name, kind in columns.items()])
        batches = opened.iter_batches(BATCH_ROWS, row_groups=list(groups), columns=list(columns), use_threads=False)
        while (batch := _next_batch(batches, file)) is not None:
            arrays = [_typed(batch.column(name), kind, name, file) for name, kind in columns.items()]
            yield pa.record_batch(arrays, schema=schema)


def _next_batch(batches: Iterator[pa.RecordBatch], file: SourceFile) -> pa.RecordBatch | None:
    """None after the last. Raises `UnreadableFile` where the file is damaged."""
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is damaged: {error}", pointer="/source") from error


def _arrow_type(kind: ValueType) -> pa.DataType:
    return {"int64": pa.int64(), "float64": pa.float64(), "bytes": pa.binary()}[kind]


def value_type(kind: pa.DataType) -> ValueType | None:
    """How a column of that Arrow type is read; None for one that no feature can be: nested, or a time."""
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


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    tests += (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in tests)


def _typed(column: pa.Array, kind: ValueType, name: str, file: SourceFile) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), _arrow_type(kind))
    natural = value_type(column.type)
    place = pointer("features", name)
    if natural is None:
        raise InvalidData(
            f"{file.uri}: column {name!r} is {column.type}, which is neither a number nor a category", pointer=place
        )
    try:
        if kind == "bytes":
            return _as_tokens(column)
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        elif natural == "bytes":
            raise InvalidData(f"{file.uri}: column {name!r} is {column.type}, not a number", pointer=place)
        # An integer beyond 2^53 is rounded to the nearest double, as everywhere.
        return column.cast(_arrow_type(kind), safe=kind == "int64")
    except pa.ArrowInvalid as error:
        raise UnparsableValue(f"{file.uri}: column {name!r} does not fit {kind}: {error}", pointer=place) from error


def _as_tokens(column: pa.Array) -> pa.Array:
    """Categories as bytes: text as it is, a whole number in decimal (1.0 is `1`), a boolean as `true` or `false`.

    Any other float is written in the shortest way that reads back equal in its own width; NaN and empty text are null.
    """
    kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
        kind = column.type
    if pa.types.is_floating(kind):
        return pa.array([_number_token(value) for value in column.to_numpy(zero_copy_only=False)], pa.binary())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string()).cast(pa.binary())
    column = column.cast(pa.binary())
    return pc.if_else(pc.equal(pc.binary_length(column), 0), pa.scalar(None, pa.binary()), column)


def _number_token(value: np.floating[Any]) -> bytes | None:
    if np.isnan(value):
        return None
    return (str(int(value)) if value.is_integer() else str(value)).encode()
