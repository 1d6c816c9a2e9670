"""Files to ranges that can each be read alone: whole records from byte to byte, or runs of row groups.

A range of text begins where a record begins, even when a line break stands inside quotes: see `kernels.quotes`. A compressed
file is one range. This module reads bytes and looks for record boundaries; what is in a record is for `sources` to say.
"""

from __future__ import annotations

import csv
import io
import mmap
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import InvalidData, InvalidRequest, UnreadableFile
from contracts.source import DelimitedText, Parquet, Source, check_distinct
from preprocessing.kernels.quotes import FIELD_START, QUOTED, byte_classes, range_map, record_start
from sources.delimited import WHOLE_FILE, is_compressed, open_text
from sources.locations import filesystem_of
from sources.parquet import open_parquet

RANGE_BYTES = 32 << 20
"""Text per task: large against what a task costs (10 ms), small against a worker's memory."""
SMALL_RANGE_BYTES = 4 << 20
"""Text per task in a small source, so that every core has something to do."""
_FEW = 8

_HEADER_BYTES = 1 << 20
_WINDOW_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 18
_BOM = b"\xef\xbb\xbf"

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Plan:
    """What to read: the source with all of its column names, and the ranges, in the order of the files."""

    source: Source
    files: list[SourceFile]
    ranges: list[SourceRange]
    columns: list[str]


def plan_ranges(source: Source, files: Sequence[SourceFile], partitions: int | None = None) -> Plan:
    """Divide the files into `partitions` ranges, or into ranges of about `RANGE_BYTES`, smaller ones where they are few.

    Compressed files, and records or row groups larger than a range, may make it fewer. Raises `UnreadableFile` for an
    empty file or a quoted field that never ends, `InvalidData` for a header with duplicate names or unlike the first file's.
    """
    total = sum(file.bytes for file in files)
    wanted = partitions or max(-(-total // RANGE_BYTES), min(_FEW, -(-total // SMALL_RANGE_BYTES)), 1)
    size = max(1, -(-total // wanted))
    _check_supported(source)
    if isinstance(source, Parquet):
        return _plan_parquet(source, files, wanted)
    assert isinstance(source, DelimitedText)
    names = [_column_names(source, file) for file in files]
    for file, found in zip(files, names, strict=True):
        if found[0] != names[0][0]:
            raise InvalidData(
                f"{file.uri}: its columns are not those of {files[0].uri}. Received: {', '.join(found[0])}",
                pointer="/source/uris",
            )
    ranges = [
        part
        for index, (file, (_, header_end)) in enumerate(zip(files, names, strict=True))
        for part in _text_ranges(source, file, index, header_end, size)
    ]
    resolved = source.model_copy(update={"columns": names[0][0]})
    return Plan(resolved, list(files), ranges, names[0][0])


def _check_supported(source: Source) -> None:
    """Raise `InvalidRequest` for what is described and cannot be read yet."""
    plain = DelimitedText(format="csv", uris=["-"])
    later = {
        "escape",
        "double_quote",
        "comment",
        "skip_lines",
        "decimal_point",
        "thousands_separator",
        "ragged",
        "encoding",
    }
    used = [name for name in later if getattr(source, name, getattr(plain, name)) != getattr(plain, name)]
    if source.format in {"jsonl", "arrow"} or used or getattr(source, "compression", "auto") in {"bzip2", "zstd"}:
        raise InvalidRequest(f"this cannot be read yet. Received: {source.format}, {used}", pointer="/source")


def _plan_parquet(source: Parquet, files: Sequence[SourceFile], wanted: int) -> Plan:
    opened = [open_parquet(file) for file in files]
    columns = opened[0].schema_arrow.names
    _check_names(columns, files[0])
    ranges: list[SourceRange] = []
    groups = sum(file.num_row_groups for file in opened)
    per_range = max(1, -(-groups // wanted))
    for index, (file, parquet) in enumerate(zip(files, opened, strict=True)):
        if parquet.schema_arrow.names != columns:
            raise InvalidData(f"{file.uri}: its columns are not those of {files[0].uri}", pointer="/source/uris")
        count = parquet.num_row_groups
        ranges += [
            SourceRange(file=index, start=start, end=min(start + per_range, count))
            for start in range(0, count, per_range)
        ]
    if not sum(parquet.metadata.num_rows for parquet in opened):
        raise UnreadableFile(f"{files[0].uri} has no rows", pointer="/source/uris")
    return Plan(source, list(files), ranges, columns)


def _check_names(names: list[str], file: SourceFile) -> None:
    try:
        check_distinct(names, f"{file.uri}: column names")
    except ValueError as error:
        raise InvalidData(str(error), pointer="/source") from error


def _column_names(source: DelimitedText, file: SourceFile) -> tuple[list[str], int]:
    """The file's column names, and where its first record begins (0 in a compressed file, which is read from its start)."""
    try:
        with open_text(source, file) as stream:
            start = stream.read(_HEADER_BYTES)
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"{file.uri} is not readable as {source.format}: {error}", pointer="/source") from error
    if not start.strip():
        raise UnreadableFile(f"{file.uri} is empty", pointer="/source/uris")
    if b"\0" in start:
        raise UnreadableFile(
            f"{file.uri} is not {source.format}: it holds the byte 0 (is it compressed, UTF-16 or binary?)",
            pointer="/source",
        )
    skip = len(_BOM) if start.startswith(_BOM) else 0
    compressed = is_compressed(source, file.uri)
    if not source.header:
        names = source.columns or []
        _check_width(source, file, start[skip:], len(names))
        return names, 0 if compressed else skip
    classes = byte_classes(*_special(source))
    end = record_start(np.frombuffer(start, np.uint8)[skip:], classes, FIELD_START)
    header = start[skip:] if end < 0 else start[skip : skip + end]
    if end < 0 and len(start) == _HEADER_BYTES:
        raise UnreadableFile(f"{file.uri}: the header does not end within 1 MiB", pointer="/source")
    names = _fields(source, header)
    if source.columns is not None and len(source.columns) != len(names):
        raise InvalidRequest(
            f"source.columns names {len(source.columns)} columns, {file.uri} has {len(names)}",
            pointer="/source/columns",
        )
    names = source.columns or names
    _check_names(names, file)
    return names, 0 if compressed else skip + len(header)


def _fields(source: DelimitedText, line: bytes) -> list[str]:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"the header is not UTF-8: {error}", pointer="/source") from error
    if not text.strip("\r\n"):
        raise UnreadableFile("the first line, which should name the columns, is empty", pointer="/source")
    quoting = csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=source.separator, quotechar=source.quote, quoting=quoting
    )
    try:
        return next(reader, [])
    except csv.Error as error:
        raise UnreadableFile(f"the header cannot be read: {error}", pointer="/source") from error


def _check_width(source: DelimitedText, file: SourceFile, start: bytes, width: int) -> None:
    end = record_start(np.frombuffer(start, np.uint8), byte_classes(*_special(source)), FIELD_START)
    found = len(_fields(source, start if end < 0 else start[:end])) if end >= 0 else width
    if found != width:
        raise InvalidRequest(
            f"source.columns names {width} columns, the first line of {file.uri} has {found}", pointer="/source/columns"
        )


def _special(source: DelimitedText) -> tuple[int, int]:
    """The quote and the delimiter as byte values; without quoting, a byte that the delimiter's class hides."""
    delimiter = ord(source.separator)
    return (ord(source.quote) if source.quote else delimiter), delimiter


def _text_ranges(source: DelimitedText, file: SourceFile, index: int, first: int, size: int) -> list[SourceRange]:
    if is_compressed(source, file.uri):
        return [SourceRange(file=index, start=0, end=WHOLE_FILE)]
    if first >= file.bytes:
        return []
    content = _content(file)
    text = np.frombuffer(content, np.uint8)
    classes = byte_classes(*_special(source))
    nominal = list(range(first, file.bytes, size))
    # Without a quote in the file, any state but QUOTED finds the same line breaks.
    quoted = source.quote is not None and content.find(source.quote.encode()) >= 0
    states = _states_at(source, file, text, nominal, classes) if quoted else [FIELD_START] * len(nominal)
    starts = [first]
    for position, state in zip(nominal[1:], states[1:], strict=True):
        if position < starts[-1]:
            continue  # one record that is longer than a range
        found = _next_record(text, position, state, classes)
        if found is not None and starts[-1] < found < file.bytes:
            starts.append(found)
    ends = [*starts[1:], file.bytes]
    return [SourceRange(file=index, start=start, end=end) for start, end in zip(starts, ends, strict=True)]


def _content(file: SourceFile) -> mmap.mmap | bytes:
    """The whole file: mapped where it is local, else read."""
    filesystem, path = filesystem_of(file.uri)
    if "://" not in file.uri:
        with Path(path).open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    with filesystem.open_input_file(path) as stream:
        return stream.read()


def _states_at(source: DelimitedText, file: SourceFile, text: Bytes, nominal: list[int], classes: Bytes) -> list[int]:
    """The state of the field before each nominal start: ranges are scanned side by side, then joined in order."""
    ends = [*nominal[1:], len(text)]
    with ThreadPoolExecutor() as pool:
        effects = list(pool.map(lambda start, end: range_map(text[start:end], classes), nominal, ends))
    states = [FIELD_START]
    for effect in effects:
        states.append(int(effect[states[-1]]))
    if states[-1] == QUOTED:
        raise UnreadableFile(
            f"{file.uri}: a quoted field never ends (if {source.quote} is no quote here, set source.quote to null)",
            pointer="/source/quote",
        )
    return states[:-1]


def _next_record(text: Bytes, position: int, state: int, classes: Bytes) -> int | None:
    """Where the first record begins after a line break at or behind `position`; None if there is none."""
    window = _WINDOW_BYTES
    while True:
        found = int(record_start(text[position : position + window], classes, state))
        if found >= 0:
            return position + found
        if position + window >= len(text):
            return None
        window *= 4


def beginnings(plan: Plan, count: int) -> list[SourceRange]:
    """The first records of up to `count` ranges spread over the source, for a sample; whole ranges in compressed files."""
    chosen = plan.ranges[:: max(1, len(plan.ranges) // count)]
    if not isinstance(plan.source, DelimitedText):
        return chosen
    return [_beginning(plan.source, plan.files[part.file], part) for part in chosen]


def _beginning(source: DelimitedText, file: SourceFile, part: SourceRange) -> SourceRange:
    if part.end == WHOLE_FILE or part.end - part.start <= _SAMPLE_BYTES:
        return part
    text = np.frombuffer(_content(file), np.uint8)[part.start : part.end]
    classes = byte_classes(*_special(source))
    state = int(range_map(text[:_SAMPLE_BYTES], classes)[FIELD_START])
    end = _next_record(text, _SAMPLE_BYTES, state, classes)
    return part if end is None else part.model_copy(update={"end": part.start + end})
