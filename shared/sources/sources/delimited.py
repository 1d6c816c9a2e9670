"""CSV and TSV to typed record batches: one range of a file at a time, parsed by Arrow.

A range holds whole records, so it is read alone: `preprocessing.splits` found its ends. What a field means:
a null token is null, whether quoted or not; text is bytes, never decoded; a number may have spaces around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

import pyarrow as pa
from pyarrow import csv

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import InvalidData, UnparsableValue, UnreadableFile
from contracts.schema import ValueType
from contracts.source import DelimitedText
from sources.locations import filesystem_of

BLOCK_BYTES = 2 << 20
"""Text parsed at a time: with its columns it stays near the cache; larger blocks were measured to be slower."""

WHOLE_FILE = -1
"""As a range's end: to the end of the file. Its start is 0 then, and a header is still to be passed over."""

ARROW_TYPES: Mapping[ValueType, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bytes": pa.binary(),
}


def is_compressed(source: DelimitedText, uri: str) -> bool:
    """Whether the file is gzip, by the source's word or else by its name's ending."""
    return source.compression == "gzip" or (source.compression == "auto" and uri.endswith(".gz"))


def open_text(source: DelimitedText, file: SourceFile) -> pa.NativeFile:
    """The file's text from its start, decompressed."""
    filesystem, path = filesystem_of(file.uri)
    return filesystem.open_input_stream(path, compression="gzip" if is_compressed(source, file.uri) else None)


def read_delimited(
    source: DelimitedText, file: SourceFile, part: SourceRange, columns: Mapping[str, ValueType]
) -> Iterator[pa.RecordBatch]:
    """The range's rows, as batches of the named columns in the given order; a missing value is null.

    `source.columns` must hold the names of all of the file's columns. Raises `UnparsableValue` for a value that is not of
    its column's type and `UnreadableFile` for a row with too few or too many fields; both name file, line and value.
    """
    names = source.columns or []
    whole = part.end == WHOLE_FILE
    stream = open_text(source, file) if whole else pa.BufferReader(_read_part(file, part))
    read = csv.ReadOptions(
        column_names=names,
        skip_rows_after_names=1 if whole and source.header else 0,
        block_size=BLOCK_BYTES,
        use_threads=False,
    )
    parse = csv.ParseOptions(
        delimiter=source.separator,
        quote_char=source.quote or False,
        newlines_in_values=source.quote is not None,
        # In a file of one column an empty line is a missing value; elsewhere it is no row at all.
        ignore_empty_lines=len(names) > 1,
    )
    convert = csv.ConvertOptions(
        column_types={name: ARROW_TYPES[kind] for name, kind in columns.items()},
        include_columns=list(columns),
        null_values=source.null_tokens,
        strings_can_be_null=True,
        check_utf8=False,
    )
    if part.start == part.end:
        return
    try:
        with stream:
            yield from csv.open_csv(stream, read, parse, convert)
    except pa.ArrowInvalid as error:
        _explain(str(error), source, file, part, list(columns))
    except (OSError, EOFError) as error:
        if whole:
            raise UnreadableFile(f"{file.uri} is not readable gzip: {error}", pointer="/source") from error
        raise


def _read_part(file: SourceFile, part: SourceRange) -> pa.Buffer:
    filesystem, path = filesystem_of(file.uri)
    with filesystem.open_input_file(path) as stream:
        return stream.read_at(part.end - part.start, part.start)


_VALUE = re.compile(
    r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error to (\w+): invalid value '(.*)'", re.DOTALL
)
_FIELDS = re.compile(r"CSV parse error: (?:Row #(\d+): )?Expected (\d+) columns, got (\d+)(?:: (.*))?", re.DOTALL)
_NAMES = {"int64": "a whole number (int64)", "double": "a number (float64)"}


def _explain(message: str, source: DelimitedText, file: SourceFile, part: SourceRange, columns: list[str]) -> NoReturn:
    """Say Arrow's error in the terms of the file: its line rather than the range's row, the column's name, the value."""
    header = int(part.end == WHOLE_FILE and source.header)
    if found := _VALUE.match(message):
        # Arrow counts columns among those included, and rows from 1 within the stream.
        column = (source.columns or columns)[int(found[1])]
        line = _line(source, file, part, int(found[2]) + header) if found[2] else None
        raise UnparsableValue(
            f"{file.uri}, line {line or 'unknown'}, column {column!r}: {found[4]!r} is not {_NAMES.get(found[3], found[3])}",
            pointer=f"/features/{column}",
        )
    if found := _FIELDS.match(message):
        line = _line(source, file, part, int(found[1]) + header) if found[1] else None
        text = f": {found[4][:200]!r}" if found[4] else ""
        raise UnreadableFile(
            f"{file.uri}, line {line or 'unknown'}: expected {found[2]} fields, found {found[3]}{text}",
            pointer="/source",
        )
    raise InvalidData(f"{file.uri}: {message}", pointer="/source")


def _line(source: DelimitedText, file: SourceFile, part: SourceRange, row: int) -> int:
    """The line, counted from 1, on which a row of the range begins; rows count from 1, empty lines are no rows.

    Reads the file from its start, which only an error costs.
    """
    quote, separator = (source.quote or "").encode(), source.separator.encode()
    line = 1
    rows = 0
    position = 0
    field_start, quoted, empty = True, False, True
    with open_text(source, file) as stream:
        while chunk := stream.read(1 << 16):
            for byte in chunk:
                symbol = bytes((byte,))
                if empty and position >= part.start and symbol not in b"\r\n":
                    rows += 1
                    empty = False
                    if rows == row:
                        return line
                if quoted:
                    quoted = symbol != quote
                elif quote and symbol == quote and field_start:
                    quoted = True
                field_start = not quoted and (symbol == separator or symbol in b"\r\n")
                if symbol in b"\r\n" and not quoted:
                    empty = True
                line += symbol == b"\n"
                position += 1
    return line
