"""The names of a delimited file's columns, and the offset of its first record."""

from __future__ import annotations

import csv
import io
import re

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, InvalidRequest, UnreadableFile
from contracts.source import DelimitedText, check_distinct
from sources.files.magic_numbers import LOOKED_AT, other_format
from sources.text.csv_records import Records
from sources.text.encodings import BOM, UTF16_MARKS, is_utf8
from sources.text.text_streams import codec_of, encoding_of, is_stream, open_text, reading

_BYTES = 1 << 20
_LONGEST_NAME = 10_000
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")


def delimited_columns(source: DelimitedText, file: SourceFile) -> tuple[list[str], int]:
    """Return the file's column names and the offset of its first record: in bytes, or in the text of `open_text` for a stream.

    Raises `UnreadableFile` for a file that is empty or binary or has no header, `InvalidData` for duplicate names,
    `InvalidRequest` if the number of `source.columns` differs from the file's.
    """
    with reading(source, file), open_text(source, file) as stream:
        text = stream.read(_BYTES)
    _check_text(source, file, text)
    start = _behind_skipped(source, file, text)
    # Read as one column, so that an empty line in the header's place counts as a record.
    looked_at = source.model_copy(update={"columns": ["-"]}) if source.header else source
    records = Records(looked_at, io.BytesIO(text[start:]))
    try:
        fields = next(iter(records), None)
    except csv.Error as error:
        raise UnreadableFile(f"{file.uri}: the header cannot be read: {error}", pointer="/source") from error
    is_cut = len(text) == _BYTES and start + records.end == len(text)
    if not source.header:
        names = source.columns or []
        if fields is not None and not is_cut:
            _check_width(source, file, len(fields))
        return names, start
    if is_cut or records.unfinished:
        raise UnreadableFile(f"{file.uri}: the header does not end within 1 MiB", pointer="/source")
    if fields is None or fields == [""]:
        raise UnreadableFile(
            f"{file.uri}: the first line, which should name the columns, is empty", pointer="/source/header"
        )
    if max(map(len, fields)) > _LONGEST_NAME:
        raise UnreadableFile(
            f"{file.uri}: the header holds a name of more than {_LONGEST_NAME} bytes", pointer="/source/header"
        )
    names = source.columns or _names(source, file, fields)
    if len(names) != len(fields):
        raise InvalidRequest(
            f"source.columns names {len(names)} columns, {file.uri} has {len(fields)}", pointer="/source/columns"
        )
    try:
        check_distinct(names, f"{file.uri}: column names")
    except ValueError as error:
        raise InvalidData(str(error), pointer="/source") from error
    return names, start + records.end


def _check_text(source: DelimitedText, file: SourceFile, text: bytes) -> None:
    if not text.removeprefix(BOM).strip(b"\r\n"):
        raise UnreadableFile(f"{file.uri} is empty", pointer="/source/uris")
    if text.startswith(UTF16_MARKS) and is_utf8(encoding_of(source)):
        raise UnreadableFile(
            f"{file.uri} begins as UTF-16 does; set source.encoding to utf-16", pointer="/source/encoding"
        )
    is_plain = codec_of(source, file.uri) is None
    if is_plain and (what := other_format(text[:LOOKED_AT])) is not None:
        raise UnreadableFile(f"{file.uri} is not {source.format} but {what}", pointer="/source")
    if b"\0" in text:
        raise UnreadableFile(
            f"{file.uri} is not {source.format}: it holds the byte 0 (is it compressed, UTF-16 or binary?)",
            pointer="/source",
        )


def _behind_skipped(source: DelimitedText, file: SourceFile, text: bytes) -> int:
    """Return the offset of the first relevant line: after a byte order mark and the lines to skip."""
    is_marked = text.startswith(BOM) and (is_utf8(encoding_of(source)) or is_stream(source, file.uri))
    start = len(BOM) if is_marked else 0
    for _ in range(source.skip_lines):
        line = _LINE.match(text, start)
        if line is None:
            raise UnreadableFile(
                f"{file.uri}: its first MiB has no more than the {source.skip_lines} lines to skip",
                pointer="/source/skip_lines",
            )
        start = line.end()
    return start


def _names(source: DelimitedText, file: SourceFile, fields: list[str]) -> list[str]:
    encoding = "utf-8" if is_stream(source, file.uri) else encoding_of(source)
    try:
        return [field.encode("latin-1").decode(encoding) for field in fields]
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{file.uri}: the header is not {encoding}: {error}", pointer="/source/encoding"
        ) from error


def _check_width(source: DelimitedText, file: SourceFile, count: int) -> None:
    width = len(source.columns or [])
    if count > width or (count < width and source.ragged == "error"):
        raise InvalidRequest(
            f"source.columns names {width} columns, the first line of {file.uri} has {count}", pointer="/source/columns"
        )
