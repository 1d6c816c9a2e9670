"""The type of each key in the output: that of its column in the source, and text where the source has no types."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce

import pyarrow as pa

from contracts.errors import InvalidData
from contracts.schema import Schema, ValueType
from contracts.source import ColumnarSource, JsonLines, TextSource
from sources.columnar.choose_columnar_format import columnar_format
from sources.text.json_keys import sampled_columns, sampled_types
from sources.values.arrow_values import tokens
from sources.values.text_values import ARROW_TYPES
from sources.whole_files import WholeFiles

TEXT = pa.string()


def key_types(plan: WholeFiles, keys: Sequence[str]) -> dict[str, pa.DataType]:
    """Return the type of each key.

    Of files that carry types it is theirs, and of several files that differ in it the narrowest number that holds all of them,
    else text. Of JSON lines it is int64 or float64 where the values in each file's first MiB are such numbers. Columns of CSV
    and those that folders add are text, whose leading zeros stay.
    """
    own = [name for name in keys if name not in plan.files[0].partition]
    types = dict.fromkeys(keys, TEXT)
    if isinstance(plan.source, ColumnarSource):
        schemas = [columnar_format(plan.source).schema(file) for file in plan.files]
        types |= {name: reduce(_common, [_plain(schema.field(name).type) for schema in schemas]) for name in own}
    elif isinstance(plan.source, JsonLines):
        objects = sampled_columns(plan.source, plan.files, own)
        there = [name for name in own if any(value.get(name) is not None for value in objects)]
        kinds = sampled_types(plan.source, objects, there)
        types |= {name: ARROW_TYPES[kind] for name, kind in kinds.items() if kind in {"int64", "float64"}}
    return {name: TEXT if pa.types.is_null(kind) else kind for name, kind in types.items()}


def read_types(types: Mapping[str, pa.DataType], plan: WholeFiles) -> dict[str, ValueType]:
    """Return the type as which each key is read, so that no digit is lost: of integers wider than int64, and decimals, bytes."""
    is_text = isinstance(plan.source, TextSource)
    return {name: _read_type(kind, is_text=is_text) for name, kind in types.items()}


def written_keys(
    types: Mapping[str, pa.DataType], plan: WholeFiles, schema: Schema, null_values: Collection[str]
) -> dict[str, str]:
    """Return the keys that are read as the files have them, by the names that they get in a batch.

    These are times, and columns that the model reads by rules of its own: without spaces, in lower case, or with null tokens.
    `null_values`: the features that have such.
    """
    ruled = {*schema.text_rules, *null_values}
    if not isinstance(plan.source, ColumnarSource):  # a number of text is a number as a key, too
        ruled &= set(schema.raw_columns("token"))
    return {f"\0{name}": name for name, kind in types.items() if name in ruled or _is_time(kind)}


def as_key(name: str, column: pa.Array, kind: pa.DataType, *, is_written: bool = False) -> pa.Array:
    """Return a column as it was read with the type of the key; `is_written`: as the file has it.

    Raises `InvalidData` for bytes that are not UTF-8, and for other text than the numbers of the type.
    """
    if _is_time(column.type):
        return column.cast(kind)
    if is_written and kind == TEXT:
        column = tokens(column)
    if pa.types.is_binary(column.type):
        try:
            text = column.cast(TEXT)
        except pa.ArrowInvalid as error:
            raise InvalidData(f"the key {name!r} holds bytes that are not UTF-8: {error}", pointer="/keys") from error
        try:
            return text.cast(kind)
        except pa.ArrowInvalid as error:
            raise InvalidData(
                f"the key {name!r} is {kind} in the first rows, and not in all: {error}", pointer="/keys"
            ) from error
    if kind == TEXT:
        return column  # a feature of the model that is a number, in a source without types
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:  # numbers of a feature that are rounded, as all of them are at predict
        return column.cast(kind, safe=False)


def _read_type(kind: pa.DataType, *, is_text: bool) -> ValueType:
    if pa.types.is_floating(kind):
        return "float64"
    return "int64" if is_text and pa.types.is_integer(kind) else "bytes"


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values that a key can have: numbers, booleans, null or text."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_float16(kind):
        return pa.float32()
    is_kept = pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
    return kind if _is_time(kind) or (is_kept and not pa.types.is_temporal(kind)) else TEXT


def _is_time(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind)


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_integer(one) and pa.types.is_integer(other):
        return pa.int64()
    are_numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (one, other))
    return pa.float64() if are_numbers else TEXT
