"""JSON lines to typed record batches: some MiB of whole lines at a time, parsed by Arrow where the result is identical.

Arrow's reader is strict: a column has one type. A chunk that it rejects, or reads as another number of rows than there are
lines, is read line by line with Python's `json`: numbers may be text and categories numbers, and errors get their line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, assert_never, cast

import pyarrow as pa
from pyarrow import json as arrow_json

from contracts.dataset import SourceFile
from contracts.errors import UnparsableValue, UnreadableFile, pointer
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.read_request import ReadRequest, shown_text, wrong_value
from sources.rejects import Problem
from sources.text.json_keys import sample_objects, sampled_keys, sampled_types
from sources.text.lines import line_chunks, text_start
from sources.text.text_streams import first_line
from sources.values.arrow_values import number_token, tokens
from sources.values.text_values import ARROW_TYPES, Spelling, typed, without_numbers

_LARGEST_INT64 = 2**63
_BLANK_LINE = re.compile(rb"(?:\A|\n)[ \t\r]*(?:\n|\Z)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class JsonLinesFormat:
    """The answers of JSON lines to the questions of `LineFormat`."""

    source: JsonLines
    no_columns: ClassVar[str] = "no JSON object with a key is in its first MiB"

    def columns(self, file: SourceFile) -> list[str]:
        """Return the keys in the first MiB."""
        return sampled_keys(self.source, file)

    def start(self, file: SourceFile) -> int:
        """Return the offset of the first line."""
        return text_start(self.source, file)

    def types(self, files: Sequence[SourceFile], names: Sequence[str]) -> dict[str, ValueType | None]:
        """Return the types by the JSON types of the values in each file's first MiB; None for nested values."""
        objects = [value for file in files for value in sample_objects(self.source, file)]
        return sampled_types(self.source, objects, names)

    def read(self, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the range's rows."""
        return read_json_lines(self.source, request)


def read_json_lines(source: JsonLines, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's objects in batches of the requested columns; an absent key and a null are a missing value.

    A line that is not a JSON object and a value that is not of its column's type are bad records: they raise `UnreadableFile`
    and `UnparsableValue`, with line, field and value, if none are allowed.
    """
    yield from _Reader(source, request).read(line_chunks(source, request))


class _Distinct(dict[str, Any]):
    """A JSON object; a key that occurs twice is an error."""

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> _Distinct:
        unique = cls(pairs)
        if len(unique) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the key {twice!r} occurs twice")
        return unique


class _Wrong(Exception):
    """A value is not of its column's type."""


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
        """Return all rows of the chunk; None if it must be read line by line."""
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
        """Return the requested types of numbers; for categories the first line's type: text, whole numbers or booleans."""
        first: dict[str, Any] = {}
        try:
            value = json.loads(chunk.partition(b"\n")[0])
            first = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
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
        """Return the rows of the lines that parse. Reject the other lines."""
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
        """Build the batch, with null tokens of categories and numbers replaced by null."""
        for index, kind in enumerate(self.request.columns.values()):
            match kind:
                case "bytes":
                    arrays[index], _ = typed(arrays[index], kind, self.nulls)
                case "int64" | "float64":
                    arrays[index] = without_numbers(arrays[index], self.source.null_tokens)
                case _:
                    assert_never(kind)
        return pa.record_batch(arrays, names=list(self.request.columns))

    def _row(self, line: bytes) -> list[Any] | Problem:
        try:
            value = json.loads(line.decode(errors="surrogateescape"), object_pairs_hook=_Distinct.of)
        except (ValueError, RecursionError) as error:
            return Problem(UnreadableFile, f"not a JSON object: {error}", "/source")
        if not isinstance(value, dict):
            return Problem(UnreadableFile, f"not a JSON object: {shown_text(line)}", "/source")
        values = cast("dict[str, Any]", value)
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
        match kind:
            case "bytes":
                return _token(value)
            case "float64":
                return _float(value)
            case "int64":
                return _whole_number(value)
            case _:
                assert_never(kind)

    def _place(self, line: int) -> str:
        return f"line {first_line(self.source, self.request.file, self.request.part.start) + line - 1}"


def _utf8(value: str, line: bytes) -> bytes:
    """Return the string's bytes. Raises `_Wrong` for an unpaired surrogate, which UTF-8 cannot encode."""
    if not _LONE_SURROGATE.search(value):
        return value.encode()
    if b"\\u" in line:  # the surrogate may come from an escape, not from a byte of invalid UTF-8
        raise _Wrong
    return value.encode(errors="surrogateescape")


def _token(value: float | bool) -> bytes | None:  # noqa: FBT001 - a JSON value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return number_token(value) if isinstance(value, float) else b"%d" % value


def _float(value: float | bool) -> float:  # noqa: FBT001 - a JSON value
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.copysign(math.inf, value)


def _whole_number(value: float | bool) -> int | None:  # noqa: FBT001 - a JSON value
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
