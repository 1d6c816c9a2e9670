"""Where text can be cut: a range begins where a record begins, even when a line break stands inside quotes.

A quoted file is looked at once, its ranges side by side (`kernels.quotes`); one with escapes or comments from its start to its
end. A file that is read as a stream is one range.
"""

from __future__ import annotations

import mmap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import DelimitedText, JsonLines
from preprocessing.kernels.quotes import FIELD_START, QUOTED, byte_classes, range_map, record_start, record_starts
from sources.locations import filesystem_of
from sources.streams import TO_THE_END, is_stream

_WINDOW_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 18

Bytes = npt.NDArray[np.uint8]


def line_ranges(source: JsonLines, file: SourceFile, index: int, first: int, size: int) -> list[SourceRange]:
    """Ranges of about `size` bytes, cut at line feeds; the first begins at `first`."""
    if is_stream(source, file.uri):
        return [SourceRange(file=index, start=first, end=TO_THE_END)]
    if first >= file.bytes:
        return []
    content = _content(file)
    starts = [first]
    for position in range(first + size, file.bytes, size):
        found = content.find(b"\n", position) + 1
        if starts[-1] < found < file.bytes:
            starts.append(found)
    return _between(index, starts, file.bytes)


def delimited_ranges(source: DelimitedText, file: SourceFile, index: int, first: int, size: int) -> list[SourceRange]:
    """Ranges of about `size` bytes, cut between records; the first begins at `first`.

    Raises `UnreadableFile` for a quoted field that never ends.
    """
    if is_stream(source, file.uri):
        return [SourceRange(file=index, start=first, end=TO_THE_END)]
    if first >= file.bytes:
        return []
    content = _content(file)
    text = np.frombuffer(content, np.uint8)
    marks = [mark.encode() for mark in (source.quote, source.escape) if mark is not None]
    nominal = list(range(first, file.bytes, size))
    if not any(content.find(mark) >= 0 for mark in marks):
        # Without a quote or an escape in the file, any state but QUOTED finds the same line breaks.
        starts = _starts_from(text, nominal, [FIELD_START] * len(nominal), byte_classes(*_special(source)))
    elif source.escape is None and source.comment is None and source.double_quote:
        classes = byte_classes(*_special(source))
        starts = _starts_from(text, nominal, _states_at(source, file, text, nominal, classes), classes)
    else:
        starts = _starts_in_order(source, file, text, nominal)
    return _between(index, starts, file.bytes)


def _between(index: int, starts: list[int], end: int) -> list[SourceRange]:
    ends = [*starts[1:], end]
    return [SourceRange(file=index, start=start, end=end) for start, end in zip(starts, ends, strict=True)]


def _special(source: DelimitedText) -> tuple[int, int]:
    """The quote and the delimiter as byte values; without quoting, a byte that the delimiter's class hides."""
    delimiter = ord(source.separator)
    return (ord(source.quote) if source.quote else delimiter), delimiter


def _content(file: SourceFile) -> mmap.mmap | bytes:
    """The whole file: mapped where it is local, else read."""
    filesystem, path = filesystem_of(file.uri)
    if "://" not in file.uri:
        with Path(path).open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    with filesystem.open_input_file(path) as stream:
        return stream.read()


def _starts_from(text: Bytes, nominal: list[int], states: list[int], classes: Bytes) -> list[int]:
    """The starts of ranges: of the first record behind each nominal one, before which the field is in the state given."""
    starts = nominal[:1]
    for position, state in zip(nominal[1:], states[1:], strict=True):
        if position < starts[-1]:
            continue  # one record that is longer than a range
        found = _next_record(text, position, state, classes)
        if found is not None and starts[-1] < found < len(text):
            starts.append(found)
    return starts


def _states_at(source: DelimitedText, file: SourceFile, text: Bytes, nominal: list[int], classes: Bytes) -> list[int]:
    """The state of the field before each nominal start: ranges are scanned side by side, then joined in order."""
    ends = [*nominal[1:], len(text)]
    with ThreadPoolExecutor() as pool:
        effects = list(pool.map(lambda start, end: range_map(text[start:end], classes), nominal, ends))
    states = [FIELD_START]
    for effect in effects:
        states.append(int(effect[states[-1]]))
    if states[-1] == QUOTED:
        raise _never_ends(source, file)
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


def _starts_in_order(source: DelimitedText, file: SourceFile, text: Bytes, nominal: list[int]) -> list[int]:
    """The same for any dialect, in one walk from the first record to the end of the file."""
    found, unfinished = record_starts(text, np.array(nominal, np.int64), *_dialect(source))
    if unfinished:
        raise _never_ends(source, file)
    return sorted({int(start) for start in found if start >= 0})


def _dialect(source: DelimitedText) -> tuple[int, int, int, bool, Bytes]:
    """Quote, delimiter, escape (-1 for none), whether two quotes are one, and the comment's mark, as the kernel takes them."""
    quote = -1 if source.quote is None else ord(source.quote)
    escape = -1 if source.escape is None else ord(source.escape)
    comment = np.frombuffer((source.comment or "").encode(), np.uint8)
    return quote, ord(source.separator), escape, source.double_quote, comment


def _never_ends(source: DelimitedText, file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        f"{file.uri}: a quoted field never ends (if {source.quote} is no quote here, set source.quote to null)",
        pointer="/source/quote",
    )


def beginning(source: DelimitedText, file: SourceFile, part: SourceRange) -> SourceRange:
    """The first records of a range, some hundred KiB of them; all of it where it is read as a stream."""
    if part.end == TO_THE_END or part.end - part.start <= _SAMPLE_BYTES:
        return part
    text = np.frombuffer(_content(file), np.uint8)[part.start : part.end]
    size = 2 * _SAMPLE_BYTES
    while True:
        found, _ = record_starts(text[:size], np.array([0, _SAMPLE_BYTES], np.int64), *_dialect(source))
        if found[1] >= 0:
            return part.model_copy(update={"end": part.start + int(found[1])})
        if size >= len(text):
            return part
        size *= 4
