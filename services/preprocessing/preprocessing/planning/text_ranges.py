"""Split text into ranges: a range begins where a record begins, even if line breaks occur inside quotes.

A quoted file is scanned once, its ranges in parallel (`kernels.text.quote_states`); one with escapes or comments is scanned
sequentially. A file that is read as a stream is one range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import DelimitedText, LineSource
from preprocessing.kernels.text.quote_states import (
    AFTER_QUOTE,
    FIELD_START,
    PLAIN,
    QUOTED,
    byte_classes,
    range_map,
    record_start,
    record_starts,
)
from preprocessing.planning.file_bytes import Bytes, Content
from sources.text.text_streams import TO_THE_END, is_stream

T = TypeVar("T")

_WINDOW_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 18
_WALK_BYTES = 4 << 20


def line_ranges(source: LineSource, file: SourceFile, index: int, first: int, size: int) -> list[SourceRange]:
    """Return ranges of about `size` bytes, cut at line feeds; the first begins at `first`."""
    if is_stream(source, file.uri):
        return [SourceRange(file=index, start=first, end=TO_THE_END)]
    if first >= file.bytes:
        return []
    content = Content(file)
    starts = [first]
    for position in range(first + size, file.bytes, size):
        start = content.find(b"\n", position) + 1
        if starts[-1] < start < file.bytes:
            starts.append(start)
    return _between(index, starts, file.bytes)


def delimited_ranges(source: DelimitedText, file: SourceFile, index: int, first: int, size: int) -> list[SourceRange]:
    """Return ranges of about `size` bytes, cut between records; the first begins at `first`.

    Raises `UnreadableFile` for a quoted field that never ends.
    """
    if is_stream(source, file.uri):
        return [SourceRange(file=index, start=first, end=TO_THE_END)]
    if first >= file.bytes:
        return []
    content = Content(file)
    nominal = list(range(first, file.bytes, size))
    classes = byte_classes(*_special(source), skips_spaces=source.skip_initial_space)
    if not _is_in(content, nominal, _marks(source)):
        # Without a quote or an escape in the file, any state but QUOTED finds the same line breaks.
        starts = _starts_from(content, nominal, [FIELD_START] * len(nominal), classes)
    elif source.escape is None and source.comment is None and source.double_quote:
        starts = _starts_from(content, nominal, _states_at(source, file, content, nominal, classes), classes)
    else:
        starts = _starts_in_order(source, file, content, nominal)
    return _between(index, starts, file.bytes)


def _between(index: int, starts: list[int], end: int) -> list[SourceRange]:
    ends = [*starts[1:], end]
    return [SourceRange(file=index, start=start, end=end) for start, end in zip(starts, ends, strict=True)]


def _marks(source: DelimitedText) -> list[bytes]:
    """Return the characters that may hide a line break: without any of them, every line is a record."""
    return [mark.encode() for mark in (source.quote, source.escape) if mark is not None]


def _special(source: DelimitedText) -> tuple[int, int]:
    """Return the quote and the delimiter as byte values; without quoting, the delimiter twice."""
    delimiter = ord(source.separator)
    return (ord(source.quote) if source.quote else delimiter), delimiter


def _side_by_side(content: Content, nominal: list[int], look: Callable[[int, int], T]) -> list[T]:
    """Return the results of `look` for each range, from one nominal start to the next, computed in parallel."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(look, nominal, [*nominal[1:], len(content)]))


def _is_in(content: Content, nominal: list[int], marks: Sequence[bytes]) -> bool:
    """Return true if any of the marks, of one byte each, occurs in the file."""

    def look(start: int, end: int) -> bool:
        return any(mark in block for block in content.blocks(start, end) for mark in marks)

    return any(_side_by_side(content, nominal, look))


def _starts_from(content: Content, nominal: list[int], states: list[int], classes: Bytes) -> list[int]:
    """Return the starts of ranges: of the first record after each nominal start; `states`: the field's state before that."""
    starts = nominal[:1]
    for position, state in zip(nominal[1:], states[1:], strict=True):
        if position < starts[-1]:
            continue  # one record that is longer than a range
        start = _next_record(content, position, state, classes)
        if start is not None and starts[-1] < start < len(content):
            starts.append(start)
    return starts


def _states_at(
    source: DelimitedText, file: SourceFile, content: Content, nominal: list[int], classes: Bytes
) -> list[int]:
    """Return the field's state before each nominal start: ranges are scanned in parallel, then joined in order."""

    def effect_of(start: int, end: int) -> Bytes:
        states = np.array([FIELD_START, PLAIN, QUOTED, AFTER_QUOTE], np.uint8)
        for block in content.blocks(start, end):
            states = range_map(np.frombuffer(block, np.uint8), classes)[states]
        return states

    states = [FIELD_START]
    for effect in _side_by_side(content, nominal, effect_of):
        states.append(int(effect[states[-1]]))
    if states[-1] == QUOTED:
        raise _never_ends(source, file)
    return states[:-1]


def _next_record(content: Content, position: int, state: int, classes: Bytes) -> int | None:
    """Return the start of the first record after a line break at or after `position`; None if there is none."""
    window = _WINDOW_BYTES
    while True:
        offset = int(record_start(content.array(position, window), classes, state))
        if offset >= 0:
            return position + offset
        if position + window >= len(content):
            return None
        window *= 4


def _starts_in_order(source: DelimitedText, file: SourceFile, content: Content, nominal: list[int]) -> list[int]:
    """Return the starts of ranges for any dialect, in one scan from the first record to the end of the file.

    The scan proceeds in stretches; each begins at the start of the previous stretch's last record.
    """
    starts: set[int] = set()
    wanted = np.array(nominal, np.int64)
    begin, stretch = nominal[0], _WALK_BYTES
    while True:
        text = content.array(begin, stretch)
        starts_here, last, unfinished = record_starts(text, np.maximum(wanted - begin, 0), *_dialect(source))
        is_end = begin + len(text) >= len(content)
        if is_end and unfinished:
            raise _never_ends(source, file)
        # The next stretch finds the last record's start again, with the records after it.
        reached = starts_here >= 0 if is_end else (starts_here >= 0) & (starts_here < last)
        starts |= {begin + int(start) for start in starts_here[reached]}
        if is_end:
            return sorted(starts)
        wanted = wanted[~reached]
        begin, stretch = (begin + int(last), _WALK_BYTES) if last > 0 else (begin, 2 * stretch)


def _dialect(source: DelimitedText) -> tuple[int, int, int, bool, Bytes, bool]:
    """Return quote, delimiter, escape (-1 for none), doubling of quotes, the comment's prefix, and skipping of spaces."""
    quote = -1 if source.quote is None else ord(source.quote)
    escape = -1 if source.escape is None else ord(source.escape)
    comment = np.frombuffer((source.comment or "").encode(), np.uint8)
    return quote, ord(source.separator), escape, source.double_quote, comment, source.skip_initial_space


def _never_ends(source: DelimitedText, file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        f"{file.uri}: a quoted field never ends (if {source.quote} is no quote here, set source.quote to null)",
        pointer="/source/quote",
    )


def beginning(source: DelimitedText, file: SourceFile, part: SourceRange) -> SourceRange:
    """Return the range of a range's first records, some hundred KiB of them; the whole range if it is read as a stream."""
    if part.end == TO_THE_END or part.end - part.start <= _SAMPLE_BYTES:
        return part
    content = Content(file)
    size = 2 * _SAMPLE_BYTES
    while True:
        text = content.read(part.start, min(size, part.end - part.start))
        end = _record_behind(source, text, _SAMPLE_BYTES)
        if end >= 0:
            return part.model_copy(update={"end": part.start + end})
        if len(text) == part.end - part.start:
            return part
        size *= 4


def _record_behind(source: DelimitedText, text: bytes, position: int) -> int:
    """Return the start of the first record at or after a position, in text that begins with a record; -1 if there is none."""
    if source.comment is None and not any(mark in text for mark in [b"\r", *_marks(source)]):
        start = text.find(b"\n", position - 1) + 1
        return start if 0 < start < len(text) else -1
    starts, _, _ = record_starts(np.frombuffer(text, np.uint8), np.array([0, position], np.int64), *_dialect(source))
    return int(starts[1])
