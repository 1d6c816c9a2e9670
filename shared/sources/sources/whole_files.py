"""Files as one range each, read from the start in little memory: for one reader that goes through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import InvalidData, InvalidRequest, UnreadableFile
from contracts.source import ArrowFiles, AvroFiles, DelimitedText, JsonLines, OrcFiles, Parquet, Source, SparkSource
from sources.columnar.arrow_files import open_arrow, record_batches
from sources.columnar.orc import open_orc
from sources.columnar.parquet import group_begins, open_parquet
from sources.text.csv_headers import delimited_columns
from sources.text.encodings import is_utf8
from sources.text.json_keys import sampled_keys, text_start
from sources.text.text_streams import TO_THE_END, encoding_of, is_stream

MOST_BYTES_AT_ONCE = 1 << 30
"""Uncompressed text in another encoding than UTF-8 is read whole; larger files of it are refused."""


@dataclass(frozen=True)
class WholeFiles:
    """The source with all of its column names, and a range for each file, or several small ones; in the order of the files."""

    source: Source
    files: list[SourceFile]
    ranges: list[SourceRange]
    columns: list[str]


def plan_whole_files(source: Source, files: Sequence[SourceFile]) -> WholeFiles:
    """Find each file's columns and where its rows begin. `columns` are those of the files, then those that folders add.

    Raises `UnreadableFile` for an empty file and one that is not of the format, `InvalidData` for columns unlike the first's,
    `InvalidRequest` for a format that only a dataset job reads.
    """
    if isinstance(source, AvroFiles | SparkSource):
        raise InvalidRequest(f"only a dataset job reads the format {source.format}", pointer="/source/format")
    if isinstance(source, JsonLines):
        columns = source.columns or list(dict.fromkeys(key for file in files for key in sampled_keys(source, file)))
        if not columns:
            raise UnreadableFile(f"{files[0].uri}: no JSON object with a key is in its first MiB", pointer="/source")
        ranges = [_text_range(source, file, at, text_start(source, file)) for at, file in enumerate(files)]
        return _plan(source.model_copy(update={"columns": columns}), files, ranges, columns)
    found = [_columns(source, file, at) for at, file in enumerate(files)]
    for file, (columns, _) in zip(files, found, strict=True):
        if columns != found[0][0]:
            raise InvalidData(f"{file.uri}: its columns are not those of {files[0].uri}", pointer="/source/uris")
    columns = found[0][0]
    if isinstance(source, DelimitedText):
        source = source.model_copy(update={"columns": columns})
    return _plan(source, files, [part for _, parts in found for part in parts], columns)


def _plan(source: Source, files: Sequence[SourceFile], ranges: list[SourceRange], columns: list[str]) -> WholeFiles:
    return WholeFiles(source, list(files), ranges, [*columns, *files[0].partition])


def _columns(
    source: DelimitedText | Parquet | ArrowFiles | OrcFiles, file: SourceFile, at: int
) -> tuple[list[str], list[SourceRange]]:
    match source:
        case DelimitedText():
            columns, start = delimited_columns(source, file)
            return columns, [_text_range(source, file, at, start)]
        case Parquet():
            with open_parquet(file) as opened:
                begins = group_begins(opened)
                ranges = [SourceRange(file=at, start=start, end=end) for start, end in pairwise(begins)]
                return opened.schema_arrow.names, ranges
        case OrcFiles():
            opened = open_orc(file)
            stripes = [SourceRange(file=at, start=stripe, end=stripe + 1) for stripe in range(opened.nstripes)]
            return opened.schema.names, stripes
        case ArrowFiles():
            with open_arrow(file) as opened:
                count = record_batches(opened)
                return opened.schema.names, [SourceRange(file=at, start=0, end=TO_THE_END if count is None else count)]


def _text_range(source: DelimitedText | JsonLines, file: SourceFile, at: int, start: int) -> SourceRange:
    if is_stream(source, file.uri) or is_utf8(encoding_of(source)):
        return SourceRange(file=at, start=start, end=TO_THE_END)
    if file.bytes > MOST_BYTES_AT_ONCE:
        raise UnreadableFile(
            f"{file.uri} is too large to be read as {encoding_of(source)} in one piece: convert it to UTF-8, or compress it. "
            f"Received: {file.bytes} bytes, and at most {MOST_BYTES_AT_ONCE} are possible",
            pointer="/source/encoding",
        )
    return SourceRange(file=at, start=start, end=file.bytes)
