"""JSON lines to typed record batches: some MiB of whole lines at a time, parsed by Arrow where it means the same.

Arrow's reader is strict: a column has one type. Lines that it refuses, or takes for another number of rows than there are lines,
are read one by one with Python's `json`, which decides: numbers may be text and categories numbers, and errors get their line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import json as arrow_json

from contracts.errors import UnparsableValue, UnreadableFile, pointer
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.read_request import ReadRequest, shown_text, wrong_value
from sources.rejects import Problem
from sources.text.text_streams import TO_THE_END, first_line, is_stream, open_text, read_part, reading
from sources.values.arrow_values import number_token, tokens
from sources.values.text_values import ARROW_TYPES, Spelling, typed, without_numbers

_CHUNK = 2 << 20
_LARGEST_INT64 = 2**63
_BLANK_LINE = re.compile(rb"(?:\A|\n)[ \t\r]*(?:\n|\Z)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json_lines(source: JsonLines, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """The range's objects, as batches of the columns asked for; an absent key and a null are a missing value.

    A line that is no JSON object, and a value that is not of its column's type, are bad records: `UnreadableFile` and
    `UnparsableValue` where none are allowed, which name line, field and value.
    """
    reader = _Reader(source, request)
    with reading(source, request.file):
        if request.part.end == TO_THE_END or is_stream(source, request.file.uri):
            with open_text(source, request.file, request.part.start) as stream:
                yield from reader.read(_chunks(stream))
        elif request.part.start != request.part.end:
            yield from reader.read(_chunks(pa.BufferReader(read_part(request.file, request.part))))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces of whole lines."""
    held: list[bytes] = []
    while data := stream.read(_CHUNK):
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join([*held, data[:end]])
            held = [data[end:]] if end < len(data) else []
        else:
            held.append(data)
    if any(held):
        yield b"".join(held)


class _Distinct(dict[str, Any]):
    """A JSON object; a key that occurs twice is an error."""

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> _Distinct:
        found = cls(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the key {twice!r} occurs twice")
        return found


class _Wrong(Exception):
    """A value is not of its column's type; `shown` says what it is."""


class _Reader:
    """Reads one range."""

    def __init__(self, source: JsonLines, request: ReadRequest) -> None:
        self.source = source
        self.request = request
        self.line_before = 0
        self.nulls = Spelling(tuple(source.null_tokens))
        self.spellings = {
            name: Spelling((*source.null_tokens, *request.null_values.get(name, ()))) for name in request.columns
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
        """All of the lines, or None where they must be looked at one by one."""
        lines = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
        try:
            table = arrow_json.read_json(
                pa.BufferReader(chunk),
                read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(chunk) + 1),
                parse_options=arrow_json.ParseOptions(
                    explicit_schema=self._arrow_schema(chunk), unexpected_field_behavior="ignore"
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != lines or _BLANK_LINE.search(chunk[:-1] if chunk.endswith(b"\n") else chunk):
            return None
        arrays: list[pa.Array] = []
        for name, kind in self.request.columns.items():
            column = table.column(name).combine_chunks()
            arrays.append(tokens(column) if kind == "bytes" else column)
        return self._batch(arrays)

    def _arrow_schema(self, chunk: bytes) -> pa.Schema:
        """Numbers as they are wanted; categories as what the first line has: text, whole numbers or booleans."""
        first: dict[str, Any] = {}
        try:
            found = json.loads(chunk.partition(b"\n")[0])
            first = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        except ValueError:
            pass
        kinds: dict[type[object], pa.DataType] = {bool: pa.bool_(), int: pa.int64()}
        return pa.schema(
            (
                name,
                kinds.get(cast("type[object]", type(first.get(name))), pa.string())
                if kind == "bytes"
                else ARROW_TYPES[kind],
            )
            for name, kind in self.request.columns.items()
        )

    def _read_lines(self, chunk: bytes) -> pa.RecordBatch:
        """The objects that fit. Refuses the other lines."""
        columns: list[list[Any]] = [[] for _ in self.request.columns]
        for number, line in enumerate(chunk.split(b"\n"), start=self.line_before + 1):
            if not line.strip(b" \t\r"):
                continue
            row = self._row(line)
            if isinstance(row, Problem):
                self.request.refuse(row, number, lambda line=line: line, self._place)
                continue
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        kinds = self.request.columns.values()
        return self._batch([pa.array(column, ARROW_TYPES[kind]) for column, kind in zip(columns, kinds, strict=True)])

    def _batch(self, arrays: list[pa.Array]) -> pa.RecordBatch:
        """Null where a category or a number is spelled as a missing one."""
        for at, kind in enumerate(self.request.columns.values()):
            if kind == "bytes":
                arrays[at], _ = typed(arrays[at], kind, self.nulls)
            else:
                arrays[at] = without_numbers(arrays[at], self.source.null_tokens)
        return pa.record_batch(arrays, names=list(self.request.columns))

    def _row(self, line: bytes) -> list[Any] | Problem:
        try:
            found = json.loads(line.decode(errors="surrogateescape"), object_pairs_hook=_Distinct.of)
        except (ValueError, RecursionError) as error:
            return Problem(UnreadableFile, f"no JSON object: {error}", "/source")
        if not isinstance(found, dict):
            return Problem(UnreadableFile, f"no JSON object: {shown_text(line)}", "/source")
        values = cast("dict[str, Any]", found)
        row: list[Any] = []
        for name, kind in self.request.columns.items():
            try:
                row.append(self._value(values.get(name), kind, name, line))
            except _Wrong:
                return _wrong(name, kind, values[name])
        return row

    def _value(self, value: Any, kind: ValueType, name: str, line: bytes) -> Any:
        if value is None:
            return None
        if isinstance(value, str):
            (column, wrong) = typed(pa.array([_utf8(value, line)], pa.binary()), kind, self.spellings[name])
            if wrong:
                raise _Wrong
            return column[0].as_py()
        if isinstance(value, dict | list):
            raise _Wrong
        return _token(value) if kind == "bytes" else _number(value, kind)

    def _place(self, line: int) -> str:
        return f"line {first_line(self.source, self.request.file, self.request.part.start) + line - 1}"


def _utf8(value: str, line: bytes) -> bytes:
    """The string's bytes. Raises `_Wrong` for half a surrogate pair, which no UTF-8 can hold."""
    if not _LONE_SURROGATE.search(value):
        return value.encode()
    if b"\\u" in line:  # an escape may be what stands for the surrogate, and not a byte of invalid UTF-8
        raise _Wrong
    return value.encode(errors="surrogateescape")


def _token(value: float | bool) -> bytes | None:  # noqa: FBT001 - a JSON value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return number_token(value) if isinstance(value, float) else b"%d" % value


def _number(value: float | bool, kind: ValueType) -> float | None:  # noqa: FBT001 - a JSON value
    if kind == "float64":
        try:
            return float(value)
        except OverflowError:  # a whole number of hundreds of digits
            return math.copysign(math.inf, value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if value != int(value) if math.isfinite(value) else True:
        raise _Wrong
    if not -_LARGEST_INT64 <= value < _LARGEST_INT64:
        raise _Wrong
    return int(value)


def _wrong(name: str, kind: ValueType, value: Any) -> Problem:
    if isinstance(value, dict | list):
        what = "an object" if isinstance(value, dict) else "a list"
        reason = f"column {name!r}: {what}, but a value must not be nested; flatten it, or exclude the column"
        return Problem(UnparsableValue, reason, pointer("features", name))
    return wrong_value(name, kind, value if isinstance(value, str) else json.dumps(value))
