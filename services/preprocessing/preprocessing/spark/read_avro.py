"""Avro object container files to Arrow record batches, by fastavro; Spark's own reader is not part of its distribution."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from lzma import LZMAError
from typing import Any, BinaryIO, cast

import pyarrow as pa
from fastavro import reader
from fastavro.schema import SchemaParseException, expand_schema

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile
from preprocessing.spark.avro_blocks import uncompressed
from sources.columnar.units import BATCH_ROWS
from sources.files.resolve_sources import filesystem_of

_TYPES: dict[str, pa.DataType] = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int64(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "fixed": pa.binary(),
    "string": pa.string(),
    "enum": pa.string(),
}
_OF_CONTENT = (
    *(
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        RuntimeError,
        MemoryError,
        SystemError,
    ),
    *(EOFError, OSError, pa.ArrowException, struct.error, zlib.error, LZMAError, SchemaParseException),
)
"""Exceptions that a file's content makes fastavro raise; none of ours is among them."""
_NESTED = pa.list_(pa.list_(pa.int32()))
"""Placeholder for every nested type but records and lists of scalars: such a column is not read."""


def avro_batches(file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Yield the file's rows with the columns of its schema: dates and times as ISO text, decimals as decimals.

    Records are structs. A decimal of more digits than Arrow has (76) is the nearest float64. A column or field of a map, an
    array of others than scalars, or a union of several types holds nulls only. Raises `UnreadableFile` when the file is not
    Avro, is damaged, or does not hold records.
    """
    filesystem, path = filesystem_of(file.uri)
    try:
        with filesystem.open_input_file(path) as stream:
            rows: Any = reader(uncompressed(cast("BinaryIO", stream)))
            schema = _arrow_schema(expand_schema(rows.writer_schema))  # a field may only name an earlier one's type
            while block := list(islice(rows, BATCH_ROWS)):
                arrays = [
                    pa.array([_plain(row[field.name], field.type) for row in block], field.type) for field in schema
                ]
                yield pa.record_batch(arrays, schema=schema)
    except _OF_CONTENT as error:
        reason = str(error) or type(error).__name__
        raise UnreadableFile(f"{file.uri} is not an Avro file of records: {reason}", pointer="/source") from error


def _arrow_schema(schema: Any) -> pa.Schema:
    if not isinstance(schema, dict) or cast("dict[str, Any]", schema).get("type") != "record":
        raise ValueError("its schema is not that of a record")
    fields = cast("list[dict[str, Any]]", schema["fields"])
    return pa.schema([(field["name"], _arrow_type(field["type"])) for field in fields])


def _arrow_type(kind: Any) -> pa.DataType:
    if isinstance(kind, list):  # a union
        others = [member for member in cast("list[Any]", kind) if member != "null"]
        return _arrow_type(others[0]) if len(others) == 1 else _NESTED if others else pa.null()
    if isinstance(kind, dict):
        named = cast("dict[str, Any]", kind)
        logical = str(named.get("logicalType", ""))
        if logical == "decimal":
            return _decimal_type(named["precision"], named.get("scale", 0))
        if logical == "uuid" or logical.startswith(("date", "time", "local-timestamp")):
            return pa.string()
        return _complex_type(named)
    return _TYPES.get(str(kind), _NESTED)


def _complex_type(named: dict[str, Any]) -> pa.DataType:
    """Return the type of a record, an array, or what a schema writes as an object without need."""
    if named["type"] == "array":
        return _list_type(_arrow_type(named["items"]))
    if named["type"] == "record":
        fields = cast("list[dict[str, Any]]", named["fields"])
        return pa.struct([(field["name"], _arrow_type(field["type"])) for field in fields]) if fields else _NESTED
    return _arrow_type(named["type"])


def _list_type(element: pa.DataType) -> pa.DataType:
    """Return the type of an array; of one of arrays or records the placeholder."""
    return _NESTED if pa.types.is_nested(element) else pa.list_(element)


def _decimal_type(precision: int, scale: int) -> pa.DataType:
    """Return the narrowest type that holds the digits."""
    for make, digits in ((pa.decimal128, 38), (pa.decimal256, 76)):
        if precision <= digits:
            return make(digits, scale)
    return pa.float64()


def _plain_parts(value: dict[str, Any] | list[Any], kind: Any) -> dict[str, Any] | list[Any]:
    """Convert the fields of a record, or the elements of an array."""
    if isinstance(value, dict):
        return {field.name: _plain(value[field.name], field.type) for field in kind}
    element = kind.value_type if pa.types.is_list(kind) else pa.string()
    return [_plain(part, element) for part in value]


def _plain(value: Any, kind: pa.DataType) -> Any:
    """Convert a value to a type that its Arrow column accepts."""
    if kind == _NESTED or value is None:
        return None
    if isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, dict | list):
        return _plain_parts(cast("dict[str, Any] | list[Any]", value), kind)
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return value if pa.types.is_decimal(kind) else float(value)
    return str(value)
