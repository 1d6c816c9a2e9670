"""JSON lines to typed record batches: some MiB of whole lines at a time, parsed by Arrow where the result is identical.

Arrow's reader is strict in types: a column has one. It is lax in form: a line may be `null`, two objects or part of one.
A chunk that it rejects, or may read differently from `json_objects`, is read line by line with that: numbers may be text and
categories numbers, and errors get their line.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar, assert_never, cast

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnparsableValue, UnreadableFile
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.read_request import ReadRequest
from sources.rejects import Problem
from sources.structs.json_structs import JsonPaths
from sources.structs.json_tables import struct_leaves, with_structs
from sources.structs.leaf_paths import paths_among
from sources.text.json_keys import (
    sampled_columns,
    sampled_keys,
    sampled_lists,
    sampled_numbers,
    sampled_tokens,
    sampled_types,
)
from sources.text.json_objects import (
    LONE_SURROGATE,
    MOST_LEVELS,
    JsonObject,
    WrittenNumber,
    is_too_deep,
    json_object,
)
from sources.text.line_format import ListSamples
from sources.text.lines import line_chunks, text_start
from sources.text.text_streams import first_line
from sources.values.arrow_values import is_list, list_texts, tokens
from sources.values.instants import instants
from sources.values.list_text import text_of
from sources.values.number_tokens import json_number_token, number_token
from sources.values.text_values import ARROW_TYPES, Spelling, typed, without_numbers
from sources.vectors.json_vectors import spread_object
from sources.vectors.spread_columns import element_columns, list_lengths

_LARGEST_INT64 = 2**63
_TYPE_LINES = 64
"""Lines of a chunk that are searched for the type of each category."""
_NO_PATHS = JsonPaths(())
_LINE_FEED, _CARRIAGE_RETURN, _OPENS, _CLOSES = b"\n\r{}"


@dataclass(frozen=True)
class JsonLinesFormat:
    """The answers of JSON lines to the questions of `LineFormat`."""

    source: JsonLines
    no_columns: ClassVar[str] = "no JSON object with a key is in its first MiB"

    def columns(self, files: Sequence[SourceFile]) -> list[str]:
        """Return the keys in each file's first MiB, and the paths of nested ones."""
        return sampled_keys(self.source, files)

    def start(self, file: SourceFile) -> int:
        """Return the offset of the first line."""
        return text_start(self.source, file)

    def types(self, files: Sequence[SourceFile], names: Sequence[str]) -> dict[str, ValueType | None]:
        """Return the types by the JSON types of the values in each file's first MiB; None for nested values."""
        return sampled_types(self.source, sampled_columns(self.source, files, names), names)

    def lists(self, files: Sequence[SourceFile], names: Sequence[str]) -> list[str]:
        """Return the columns that are lists of scalars in each file's first MiB."""
        return sampled_lists(sampled_columns(self.source, files, names), names)

    def list_samples(self, files: Sequence[SourceFile], names: Sequence[str]) -> ListSamples:
        """Return the lists of columns in each file's first MiB."""
        objects = sampled_columns(self.source, files, names)
        return sampled_numbers(objects, names), sampled_tokens(objects, names)

    def read(self, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the range's rows."""
        return read_json_lines(self.source, request)


def read_json_lines(source: JsonLines, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's objects in batches of the requested columns; an absent key and a null are a missing value.

    A line that is not a JSON object and a value that is not of its column's type are bad records: they raise `UnreadableFile`
    and `UnparsableValue`, with line, field and value, if none are allowed.
    """
    yield from _Reader(source, request).read(line_chunks(source, request))


def _are_objects(chunk: bytes) -> bool:
    """Return true if every line begins and ends as an object, and none is nested too deep.

    Then no value spans lines, each line holds at least one, and Arrow, which crashes where all are null, is safe to call.
    """
    text = np.frombuffer(chunk.removesuffix(b"\n"), np.uint8)
    breaks = np.flatnonzero(text == _LINE_FEED)
    starts = np.concatenate([[0], breaks + 1])
    lasts = np.append(breaks, len(text)) - 1
    if not len(text) or text[-1] == _LINE_FEED:
        return False
    lasts -= text[lasts] == _CARRIAGE_RETURN
    if not ((text[starts] == _OPENS).all() and (text[lasts] == _CLOSES).all()):
        trimmed = (line.strip(b" \t\r") for line in text.tobytes().split(b"\n"))
        if not all(line.startswith(b"{") and line.endswith(b"}") for line in trimmed):
            return False
    is_long = lasts - starts >= MOST_LEVELS
    return not any(
        is_too_deep(chunk[start : last + 1]) for start, last in zip(starts[is_long], lasts[is_long], strict=True)
    )


_CATEGORIES: dict[type[object], pa.DataType] = {bool: pa.bool_(), int: pa.int64()}


class _Wrong(Exception):
    """A value is not of its column's type."""


class _HeldSeparator(_Wrong):
    """A token of a list holds the separator."""


class _Reader:
    """Reads one range."""

    def __init__(self, source: JsonLines, request: ReadRequest) -> None:
        self.source = source
        self.request = request
        self.paths = JsonPaths(paths_among(request.names, {*request.names, *(source.columns or ())}))
        self.line_before = 0
        self.nulls = Spelling(tuple(source.null_tokens))
        # A line by line read keeps the text among the numbers of a lenient column.
        self.by_line: dict[str, ValueType] = {
            name: "bytes" if name in request.lenient else kind for name, kind in request.columns.items()
        }
        self.by_line |= dict.fromkeys(request.written, "bytes")
        self.by_arrow: dict[str, ValueType] = {
            **request.columns,
            **{name: _written_kind(request.columns.get(column, "bytes")) for name, column in request.written.items()},
        }
        self.spellings = {
            name: Spelling.of(
                (*source.null_tokens, *request.null_values.get(name, ())), (".", None), request.text_rules.get(name)
            )
            for name in self.by_line
        }

    def read(self, chunks: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
        for chunk in chunks:
            batch = self._read_with_arrow(chunk)
            if batch is None:
                batch = self._read_lines(chunk)
            self.line_before += chunk.count(b"\n")
            if batch.num_rows:
                yield batch

    def _read_with_arrow(self, chunk: bytes) -> pa.RecordBatch | None:
        """Return all rows of the chunk; None if it must be read line by line."""
        if not _are_objects(chunk):
            return None
        lines = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
        paths = self.paths if self.paths.may_be_in(chunk) else _NO_PATHS
        try:
            table = arrow_json.read_json(
                pa.BufferReader(chunk),
                read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(chunk) + 1),
                parse_options=arrow_json.ParseOptions(
                    explicit_schema=with_structs(self._arrow_schema(chunk), paths), unexpected_field_behavior="ignore"
                ),
            )
        except pa.ArrowException:
            return None
        columns = self._columns(table, paths)
        if table.num_rows != lines or columns is None:  # every line has an object at least
            return None
        arrays: list[pa.Array] = []
        for name, kind in self.by_arrow.items():
            column = columns[self.request.written.get(name, name)]
            values, wrong = self._typed(column, name, kind)
            if wrong:
                return None
            arrays.append(values)
        return self._batch(arrays, self.by_arrow)

    def _typed(self, column: pa.Array, name: str, kind: ValueType) -> tuple[pa.Array, list[int]]:
        """Return a column that Arrow read as one of the wanted type, and the positions of values that are not."""
        if kind == "instant":
            return self._times(column, name)
        if kind != "bytes":
            return column, []
        separator = self.request.separator(name)
        wrong: list[int] = []
        if separator is not None and is_list(column.type):
            column, wrong = list_texts(column, separator)
        texts = tokens(column)
        if self.spellings[name].lists is None:
            return texts, wrong
        return texts, wrong or typed(texts, kind, self.spellings[name])[1]

    def _columns(self, table: pa.Table, paths: JsonPaths) -> dict[str, pa.Array] | None:
        """Return the requested columns, elements of vectors among them, by name.

        None if a list has another length than its shape, or if values of a path are in objects and under the whole path.
        """
        columns: dict[str, pa.Array] = {name: table.column(name).combine_chunks() for name in self.request.names}
        if paths.paths:
            leaves = struct_leaves(table, paths)
            for path, leaf in leaves.items():
                if columns[path].null_count < len(leaf) and leaf.null_count < len(leaf):
                    return None
            columns |= {path: leaf for path, leaf in leaves.items() if columns[path].null_count == len(leaf)}
        for name, elements in self.request.vectors.items():
            lists = columns[name]
            lengths = list_lengths(lists)
            if ((lengths >= 0) & (lengths != len(elements))).any():
                return None
            columns |= dict(zip(elements, element_columns(lists, lengths, len(elements)), strict=True))
        return columns

    def _times(self, column: pa.Array, name: str) -> tuple[pa.Array, list[int]]:
        """Return text or numbers as microseconds since 1970, and the positions of values that are no time."""
        spelling = self.spellings[name]
        if pa.types.is_string(column.type):
            return typed(column.cast(pa.binary()), "instant", spelling)
        return instants(without_numbers(column, spelling.null_tokens), spelling.time)

    def _arrow_schema(self, chunk: bytes) -> pa.Schema:
        """Return the requested types of numbers; for categories and times the first value's: text, numbers or booleans."""
        first: dict[str, Any] = {}
        columns: dict[str, ValueType] = {name: self.request.columns.get(name, "bytes") for name in self.request.names}
        sought = {name for name, kind in columns.items() if kind in {"bytes", "instant"}} - self.request.vectors.keys()
        for line in islice(io.BytesIO(chunk), _TYPE_LINES):
            if not sought:
                break
            with suppress(ValueError):
                values = json_object(line)
                values.update(self.paths.leaves(values)[0])
                there = {name: values[name] for name in sought if values.get(name) is not None}
                first |= there
                sought -= {name for name, value in there.items() if value != []}
        vectors = {name: pa.list_(self._element_type(name)) for name in self.request.vectors}
        return pa.schema(
            (
                name,
                vectors[name]
                if name in vectors
                else self._type_of_times(name, type(first[name]) if name in first else str)
                if kind == "instant"
                else self._category_type(name, first.get(name))
                if kind == "bytes"
                else ARROW_TYPES[kind],
            )
            for name, kind in columns.items()
        )

    def _element_type(self, vector: str) -> pa.DataType:
        """Return the type by which Arrow reads the elements of a vector: that of those that are requested."""
        kinds = {self.request.columns.get(element) for element in self.request.vectors[vector]}
        return pa.int64() if kinds == {"int64"} else pa.float64()

    def _type_of_times(self, name: str, first: type[object]) -> pa.DataType:
        """Return the type by which Arrow reads a column of times: numbers where its format has them."""
        written = self.spellings[name].time
        if written is None or first in {str, bool}:
            return pa.string()
        return pa.float64() if written.unix_unit == "unix_s" or first is not int else pa.int64()

    def _category_type(self, name: str, value: Any) -> pa.DataType:
        """Return the type by which Arrow reads a category whose first value is this one."""
        if self.request.separator(name) is not None and isinstance(value, list):
            elements = [element for element in cast("list[Any]", value) if element is not None]
            return pa.list_(_CATEGORIES.get(type(elements[0]), pa.string()) if elements else pa.string())
        return _CATEGORIES.get(type(value), pa.string())

    def _read_lines(self, chunk: bytes) -> pa.RecordBatch:
        """Return the rows of the lines that parse. Reject the other lines."""
        columns: list[list[Any]] = [[] for _ in self.by_line]
        for number, line in enumerate(chunk.split(b"\n"), start=self.line_before + 1):
            if not line.strip(b" \t\r"):
                continue
            row = self._row(line)
            if isinstance(row, Problem):
                self.request.refuse(row, number, lambda line=line: line, self._place)
                continue
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        kinds = self.by_line.values()
        arrays = [pa.array(column, ARROW_TYPES[kind]) for column, kind in zip(columns, kinds, strict=True)]
        return self._batch(arrays, self.by_line)

    def _batch(self, arrays: list[pa.Array], kinds: Mapping[str, ValueType]) -> pa.RecordBatch:
        """Build the batch, with null tokens of categories and numbers replaced by null."""
        for index, kind in enumerate(kinds.values()):
            match kind:
                case "bytes":
                    arrays[index], _ = typed(arrays[index], kind, self.nulls)
                case "int64" | "float64":
                    arrays[index] = without_numbers(arrays[index], self.source.null_tokens)
                case "instant":
                    pass
                case _:
                    assert_never(kind)
        return pa.record_batch(arrays, names=list(kinds))

    def _row(self, line: bytes) -> list[Any] | Problem:
        values = self._object(line)
        if isinstance(values, Problem):
            return values
        row: list[Any] = []
        for column, kind in self.by_line.items():
            name = self.request.written.get(column, column)
            value = None if name in values.twice else values.get(name)
            try:
                row.append(None if value is None else self._value(value, kind, column, line))
            except _Wrong as error:
                if column in self.request.lenient or column != name:
                    row.append(None)
                    continue
                if isinstance(error, _HeldSeparator):
                    return self.request.held_separator(name)
                return self._wrong(name, values[name])
        return row

    def _object(self, line: bytes) -> JsonObject | Problem:
        """Return the line's object, with the elements of vectors under their names."""
        try:
            values = json_object(line)
        except ValueError as error:
            return Problem(UnreadableFile, f"not a JSON object: {error}", "/source")
        for name in [*self.request.columns, *self.request.vectors]:
            if name in values.twice and name not in self.request.lenient:
                return Problem(UnreadableFile, f"not a JSON object: the key {name!r} occurs twice", "/source")
        leaves, wrong = self.paths.leaves(values)
        for name in [*self.request.columns, *self.request.vectors]:
            if name in wrong and name not in self.request.lenient:
                return Problem(UnparsableValue, f"column {name!r}: {wrong[name]}", self.request.pointer(name))
        values.update({**dict.fromkeys(wrong), **leaves})
        return spread_object(values, self.request) or values

    def _value(self, value: Any, kind: ValueType, name: str, line: bytes) -> Any:
        if isinstance(value, str):
            source = self.request.written.get(name, name)
            if source in self.request.vector_of and LONE_SURROGATE.search(value):
                raise _Wrong
            text = self._utf8(value, source, line)
            (column, wrong) = typed(pa.array([text], pa.binary()), kind, self.spellings[name])
            if wrong:
                raise _Wrong
            return column[0].as_py()
        if isinstance(value, dict | list):
            return self._checked(_list_text(value, self.request.separator(name), line), name)
        match kind:
            case "bytes":
                return self._checked(_token(value), name)
            case "float64":
                return _float(value)
            case "int64":
                return _whole_number(value)
            case "instant":
                return self._instant(value, name)
            case _:
                assert_never(kind)

    def _utf8(self, value: str, name: str, line: bytes) -> bytes:
        """Return the string's bytes. Raises `_Wrong` for an unpaired surrogate, which UTF-8 cannot encode."""
        if not LONE_SURROGATE.search(value):
            return value.encode()
        # The surrogate may come from an escape, not from a byte of invalid UTF-8; only the latter can be replaced.
        if b"\\u" in line:
            replaced = json_object(line, undecodable="replace")
            if LONE_SURROGATE.search({**replaced, **self.paths.leaves(replaced)[0]}[name]):
                raise _Wrong
        return value.encode(errors="surrogateescape")

    def _checked(self, token: bytes | None, name: str) -> bytes | None:
        """Return a token. Raises `_Wrong` for one that has to be a list and does not fit its rule."""
        spelling = self.spellings[name]
        if spelling.lists is not None and typed(pa.array([token], pa.binary()), "bytes", spelling)[1]:
            raise _Wrong
        return token

    def _instant(self, value: float | bool | Decimal, name: str) -> int | None:  # noqa: FBT001 - a JSON value
        """Return a number as microseconds since 1970."""
        written = self.spellings[name].time
        if written is None or isinstance(value, bool):
            raise _Wrong
        has_fractions = written.unix_unit == "unix_s"
        number = _float(value) if has_fractions else _whole_number(value)
        column, wrong = self._times(pa.array([number], pa.float64() if has_fractions else pa.int64()), name)
        if wrong:
            raise _Wrong
        return column[0].as_py()

    def _wrong(self, name: str, value: Any) -> Problem:
        rule, parts = self.spellings[name].lists, cast("list[Any]", value) if isinstance(value, list) else [{}]
        if rule is not None and not any(isinstance(part, dict | list) for part in parts):
            if rule.limit is not None and len(parts) > rule.limit:
                return self.request.too_long(name, len(parts))
            return self.request.wrong_value(name, json.dumps(value, default=str))
        if isinstance(value, dict | list):
            what = "an object" if isinstance(value, dict) else "a list"
            reason = f"column {name!r}: {what}, but a value must not be nested; flatten it, or exclude the column"
            return Problem(UnparsableValue, reason, self.request.pointer(name))
        return self.request.wrong_value(name, str(value) if isinstance(value, str | Decimal) else json.dumps(value))

    def _place(self, line: int) -> str:
        return f"line {first_line(self.source, self.request.file, self.request.part.start) + line - 1}"


def _list_text(nested: dict[str, Any] | list[Any], separator: str | None, line: bytes) -> bytes:
    """Return the text of a list of scalars. Raises `_Wrong`, also where the column has no lists."""
    values = nested if isinstance(nested, list) else [nested]
    if separator is None or any(isinstance(value, dict | list) for value in values):
        raise _Wrong
    text = text_of([_element(value, line) for value in values], separator)
    if text is None:
        raise _HeldSeparator
    return text


def _element(value: Any, line: bytes) -> bytes:
    if isinstance(value, str):
        if b"\\u" in line and LONE_SURROGATE.search(value):
            raise _Wrong
        return value.encode(errors="surrogateescape")
    return b"" if value is None else _token(value) or b""


def _written_kind(kind: ValueType) -> ValueType:
    """Return the type by which Arrow reads a column that is wanted as the file has it, too: of a time the text."""
    return "bytes" if kind == "instant" else kind


def _token(value: float | bool | Decimal) -> bytes | None:  # noqa: FBT001 - a JSON value
    if isinstance(value, Decimal):
        return str(value).encode()
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, WrittenNumber):
        return json_number_token(value.text)
    return number_token(value) if isinstance(value, float) else b"%d" % value


def _float(value: float | bool | Decimal) -> float:  # noqa: FBT001 - a JSON value
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf if value > 0 else -math.inf


def _whole_number(value: float | bool | Decimal) -> int | None:  # noqa: FBT001 - a JSON value
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        raise _Wrong
    exact = value
    if isinstance(value, WrittenNumber) and value:
        exact = Decimal(value.text)  # it may have more digits than the float
    whole = int(value) if not -_LARGEST_INT64 <= value <= _LARGEST_INT64 else int(exact)
    if exact != whole or not -_LARGEST_INT64 <= whole < _LARGEST_INT64:
        raise _Wrong
    return whole
