"""Plans for reading whole files with one reader in little memory, for batch prediction; a dataset job divides files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData, UnreadableFile
from contracts.source import ColumnarSource, DelimitedText, RangeSource, Source, TextSource
from sources.columnar.choose_columnar_format import columnar_format, with_known_columns
from sources.read_request import check_readable
from sources.text.choose_line_format import line_format
from sources.text.csv_headers import delimited_columns
from sources.text.encodings import is_utf8
from sources.text.text_streams import TO_THE_END, encoding_of, is_stream

MOST_BYTES_AT_ONCE = 1 << 30
"""Limit of uncompressed text in an encoding other than UTF-8, which is read whole; larger files are refused."""


@dataclass(frozen=True)
class WholeFiles:
    """The source with all of its column names, and a range for each file, or several small ones; in the order of the files."""

    source: RangeSource
    files: list[SourceFile]
    ranges: list[SourceRange]
    columns: list[str]


def plan_whole_files(source: Source, files: Sequence[SourceFile]) -> WholeFiles:
    """Find each file's columns and the offset of its rows. `columns` are those of the files, then those that folders add.

    Raises `UnreadableFile` for an empty file and one that is not of the format, `InvalidData` for columns unlike the first's,
    or also in the names of folders, `InvalidRequest` for a format that only a dataset job reads.
    """
    readable = check_readable(source)
    if isinstance(readable, ColumnarSource):
        readable = with_known_columns(readable, files)
        divided = [columnar_format(readable).units(file) for file in files]
        columns = _same_columns(files, [units.columns for units in divided])
        ranges = [
            SourceRange(file=index, start=start, end=end)
            for index, units in enumerate(divided)
            for start, end in units.passes
        ]
        return _plan(readable, files, ranges, columns)
    columns, starts = text_columns(readable, files)
    resolved = readable.model_copy(update={"columns": columns})
    ranges = [
        _text_range(resolved, file, index, start) for index, (file, start) in enumerate(zip(files, starts, strict=True))
    ]
    return _plan(resolved, files, ranges, columns)


def text_columns(source: TextSource, files: Sequence[SourceFile]) -> tuple[list[str], list[int]]:
    """Return the names of the columns, and the offset of the first record in each file.

    Raises `UnreadableFile` for JSON lines without a key in any file's first MiB, `InvalidData` for a header unlike the first's.
    """
    if isinstance(source, DelimitedText):
        headers = [delimited_columns(source, file) for file in files]
        return _same_columns(files, [columns for columns, _ in headers]), [start for _, start in headers]
    lines = line_format(source)
    columns = source.columns or lines.columns(files)
    if not columns:
        raise UnreadableFile(f"{files[0].uri}: {lines.no_columns}", pointer="/source")
    return columns, [lines.start(file) for file in files]


def _same_columns(files: Sequence[SourceFile], columns: Sequence[list[str]]) -> list[str]:
    for file, names in zip(files, columns, strict=True):
        if names != columns[0]:
            raise InvalidData(
                f"{file.uri}: its columns are not those of {files[0].uri}. Received: {', '.join(map(repr, names))}",
                pointer="/source/uris",
            )
    return columns[0]


def _plan(
    source: RangeSource, files: Sequence[SourceFile], ranges: list[SourceRange], columns: list[str]
) -> WholeFiles:
    return WholeFiles(source, list(files), ranges, with_folder_columns(files, columns))


def with_folder_columns(files: Sequence[SourceFile], columns: Sequence[str]) -> list[str]:
    """Return the columns of the files, then those that folders add. Raises `InvalidData` for a column that is among both."""
    added = list(files[0].partition)
    both = sorted(set(added) & set(columns))
    if both:
        raise InvalidData(
            f"{files[0].uri}: its folders' names and the file itself have the columns {both}; set "
            "source.hive_partitioning to false, or rename them",
            pointer="/source/hive_partitioning",
        )
    return [*columns, *added]


def _text_range(source: TextSource, file: SourceFile, index: int, start: int) -> SourceRange:
    if is_stream(source, file.uri) or is_utf8(encoding_of(source)):
        return SourceRange(file=index, start=start, end=TO_THE_END)
    if file.bytes > MOST_BYTES_AT_ONCE:
        raise UnreadableFile(
            f"{file.uri} is too large to be read as {encoding_of(source)} in one piece: convert it to UTF-8, or compress it. "
            f"Received: {file.bytes} bytes, and at most {MOST_BYTES_AT_ONCE} are possible",
            pointer="/source/encoding",
        )
    return SourceRange(file=index, start=start, end=file.bytes)
