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
from contracts.errors import InvalidData, UnparsableValue, UnreadableFile, pointer
from contracts.schema import ValueType
from contracts.source import DelimitedText
from sources.locations import filesystem_of

BLOCK_BYTES = 2 << 20
"""Text parsed at a time: with its columns it stays near the cache; larger blocks were measured to be slower."""

_LARGEST_BLOCK = 512 << 20
_CHUNK = 16 << 20
_LARGEST_LOOK = 1 << 30

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
    block, given = BLOCK_BYTES, 0
    while part.start != part.end:
        try:
            for batch in _read_blocks(source, file, part, columns, block):
                # After a record that was larger than a block, the range is read again: what was given is passed over.
                passed = min(given, batch.num_rows)
                given -= passed
                if passed < batch.num_rows:
                    yield batch.slice(passed)
        except _BlockTooSmall as error:
            if block >= _LARGEST_BLOCK:
                raise UnreadableFile(
                    f"{file.uri}: a record is larger than {block >> 20} MiB", pointer="/source"
                ) from error
            block, given = 8 * block, error.rows
        else:
            return


class _BlockTooSmall(Exception):
    """A record does not fit a block; `rows` came before it."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


def _read_blocks(
    source: DelimitedText, file: SourceFile, part: SourceRange, columns: Mapping[str, ValueType], block: int
) -> Iterator[pa.RecordBatch]:
    names = source.columns or []
    whole = part.end == WHOLE_FILE
    stream = open_text(source, file) if whole else pa.BufferReader(_read_part(file, part))
    read = csv.ReadOptions(
        column_names=names,
        skip_rows_after_names=1 if whole and source.header else 0,
        block_size=block,
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
    rows = 0
    try:
        with stream:
            for batch in csv.open_csv(stream, read, parse, convert):
                yield batch
                rows += batch.num_rows
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):
            raise _BlockTooSmall(rows) from error
        _explain(str(error), source, file, part)
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


def _explain(message: str, source: DelimitedText, file: SourceFile, part: SourceRange) -> NoReturn:
    """Say Arrow's error in the terms of the file: its line rather than the range's row, the column's name, the value."""
    header = int(part.end == WHOLE_FILE and source.header)
    if found := _VALUE.match(message):
        # Arrow counts columns among all of the file's, and rows from 1 within the stream.
        column = (source.columns or [])[int(found[1])]
        line = _line(source, file, part, int(found[2]) + header) if found[2] else None
        raise UnparsableValue(
            f"{file.uri}, line {line or 'unknown'}, column {column!r}: "
            f"{found[4]!r} is not {_NAMES.get(found[3], found[3])}",
            pointer=pointer("features", column),
        )
    if found := _FIELDS.match(message):
        line = _line(source, file, part, int(found[1]) + header) if found[1] else None
        text = f": {found[4][:200]!r}" if found[4] else ""
        raise UnreadableFile(
            f"{file.uri}, line {line or 'unknown'}: expected {found[2]} fields, found {found[3]}{text}",
            pointer="/source",
        )
    raise InvalidData(f"{file.uri}: {message}", pointer="/source")


def _line(source: DelimitedText, file: SourceFile, part: SourceRange, row: int) -> int | None:
    """The line, counted from 1, on which a row of the range begins; rows count from 1, as Arrow counts them.

    Reads the file up to there, which only an error costs. None in a compressed file that is too large to look through.
    """
    with open_text(source, file) as stream:
        before = sum(_line_breaks(stream.read(min(_CHUNK, left))) for left in range(part.start, 0, -_CHUNK))
        size = part.end - part.start if part.end != WHOLE_FILE else _LARGEST_LOOK
        text = stream.read(size)
    if part.end == WHOLE_FILE and len(text) == _LARGEST_LOOK:
        return None
    empty_lines_count = len(source.columns or []) == 1
    rows = 0
    for record in _records(source).finditer(text):
        rows += empty_lines_count or bool(record[0].strip(b"\r\n"))
        if rows == row:
            return 1 + before + _line_breaks(text[: record.start()])
    return None


def _line_breaks(text: bytes) -> int:
    """A carriage return with its line feed is one break; so is either alone."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def _records(source: DelimitedText) -> re.Pattern[bytes]:
    """One record with its line break, by the rules of Arrow's parser: a quote opens only at the start of a field."""
    delimiter = re.escape(source.separator.encode())
    field = rb"[^%s\r\n]*" % delimiter
    if source.quote is not None:
        quote = re.escape(source.quote.encode())
        field = rb"(?:%s(?:[^%s]|%s%s)*+(?:%s|\Z)%s|%s)" % (quote, quote, quote, quote, quote, field, field)
    return re.compile(rb"%s(?:%s%s)*(?:\r\n|\r|\n|\Z)" % (field, delimiter, field))
