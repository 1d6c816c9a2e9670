"""The framing of TFRecord files: bytes to whole records whose checksums agree, a few MiB at a time.

A record is a uint64 length, a masked CRC32C of it, the message, and a masked CRC32C of the message, all little-endian.
Source: TensorFlow's `core/lib/io/record_writer.h`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import TfRecordFiles, codec_by_name
from sources.arrays import Array, Int64s, Uint8s
from sources.crc32c import MARGIN, crc32c, crc32c_of_words, gathered, masked
from sources.files.resolve_sources import filesystem_of
from sources.text.text_streams import TO_THE_END

HEADER, FOOTER = 12, 4
"""Bytes before and after each message."""
MOST_RECORDS = 16_384
_CHUNK = 2 << 20
_LARGEST = (1 << 31) - 1
"""Maximum bytes of a protobuf message."""
_EDGE = bytes(MARGIN)


@dataclass(frozen=True)
class Records:
    """Some whole records: `data` (uint8 [bytes]) with messages at `starts`, of `lengths` bytes (int64 [records]).

    `before`: records before the first of these; `position`: byte of `data[0]` in the uncompressed file. At least `MARGIN` bytes
    precede and follow the messages.
    """

    data: Uint8s
    starts: Int64s
    lengths: Int64s
    before: int
    position: int

    def __len__(self) -> int:
        return len(self.starts)

    def message(self, index: int) -> bytes:
        """Return the bytes of one message."""
        start = int(self.starts[index])
        return self.data[start : start + int(self.lengths[index])].tobytes()

    def first(self, count: int) -> Records:
        """Return the first of them."""
        return Records(self.data, self.starts[:count], self.lengths[:count], self.before, self.position)

    def slices(self) -> Iterator[Records]:
        """Yield them in parts of at most `MOST_RECORDS`."""
        for cut in range(0, len(self), MOST_RECORDS):
            part = slice(cut, cut + MOST_RECORDS)
            yield Records(self.data, self.starts[part], self.lengths[part], self.before + cut, self.position)


def read_records(source: TfRecordFiles, file: SourceFile, part: SourceRange) -> Iterator[Records]:
    """Yield the records of a range, which begins and ends between records.

    Raises `UnreadableFile` for a checksum that does not agree, a truncated record, and bytes that cannot be decompressed; its
    message has the number and the byte of the record.
    """
    with opened(source, file, part) as read:
        pending, before, position = b"", 0, part.start
        fault = _Fault(source, file, part)
        wanted = _CHUNK
        while True:
            block = read(wanted)
            buffer = b"".join([_EDGE, pending, block, _EDGE])
            end = len(buffer) - MARGIN
            starts, rest = _divided(buffer, MARGIN, end)
            records = _checked(buffer, starts, before, position - MARGIN, fault)
            if len(records):
                yield records
            pending = buffer[rest:end]
            position += rest - MARGIN
            before += len(records)
            missing = _missing(pending, before, position, fault)
            if not block:
                if pending:
                    raise fault.truncated(before, position, missing)
                return
            wanted = max(_CHUNK, missing)


def count_records(source: TfRecordFiles, file: SourceFile, end: int) -> int:
    """Return the number of records before a byte that begins one. Reads the file up to there, without checks."""
    count, pending = 0, b""
    with opened(source, file, SourceRange(file=0, start=0, end=end)) as read:
        while block := read(_CHUNK):
            pending += block
            starts, rest = _divided(pending, 0, len(pending))
            count += len(starts)
            pending = pending[rest:]
    return count


@contextmanager
def opened(source: TfRecordFiles, file: SourceFile, part: SourceRange) -> Generator[Callable[[int], bytes]]:
    """Open a range for reading the next bytes of it, decompressed. A compressed file has one range, from 0 to -1."""
    filesystem, path = filesystem_of(file.uri)
    codec = codec_of(source, file.uri)
    if codec is None:
        with filesystem.open_input_file(path) as stream:
            yield _Reader(stream.read_at, part.start, file.bytes if part.end == TO_THE_END else part.end)
        return
    try:
        with filesystem.open_input_stream(path, compression=codec) as stream:
            yield cast("BinaryIO", stream).read
    except (OSError, EOFError) as error:
        raise UnreadableFile(
            f"{file.uri} is not readable as {codec}: {error}. Write it again, or set source.compression to none if it is not "
            "compressed",
            pointer="/source/compression",
        ) from error


def codec_of(source: TfRecordFiles, uri: str) -> str | None:
    """Return Arrow's name of the file's compression; None for an uncompressed one."""
    is_gzip = codec_by_name(uri) == "gzip" if source.compression == "auto" else source.compression == "gzip"
    return "gzip" if is_gzip else None


class _Reader:
    """Reads a range of a file from its start, by calls of `read_at`."""

    def __init__(self, read_at: Callable[[int, int], bytes], start: int, end: int) -> None:
        self._read_at = read_at
        self._position = start
        self._end = end

    def __call__(self, size: int) -> bytes:
        block = self._read_at(min(size, self._end - self._position), self._position)
        self._position += len(block)
        return block


@dataclass(frozen=True)
class _Fault:
    """Errors about records by their number in the range, from 0, and their byte in the file."""

    source: TfRecordFiles
    file: SourceFile
    part: SourceRange

    def at(self, record: int, position: int, reason: str) -> UnreadableFile:
        """Return the error about a record."""
        return damaged(self.file, self._number(record), position, reason)

    def of_header(self, record: int, position: int) -> UnreadableFile:
        """Return the error for a length whose checksum does not agree."""
        return damaged_length(self.file, self._number(record), position)

    def truncated(self, record: int, position: int, missing: int) -> UnreadableFile:
        """Return the error for a file that ends inside a record."""
        return truncated(self.file, self._number(record), position, missing)

    def _number(self, record: int) -> int:
        return record + 1 + (count_records(self.source, self.file, self.part.start) if self.part.start else 0)


def damaged(file: SourceFile, number: int, position: int, reason: str) -> UnreadableFile:
    """Return the error for a damaged record, by its number from 1 and its byte."""
    return UnreadableFile(
        f"{file.uri}, record {number} (byte {position}): {reason}; the file is damaged: write or copy it again",
        pointer="/source",
    )


def damaged_length(file: SourceFile, number: int, position: int) -> UnreadableFile:
    """Return the error for a length whose checksum does not agree: of the first record, the file is none of this format."""
    if position == 0:
        return UnreadableFile(
            f"{file.uri}, record 1 (byte 0): the checksum of its length does not agree, so this is no TFRecord file: set "
            "source.format to what it is, or source.compression if it is compressed",
            pointer="/source",
        )
    return damaged(file, number, position, "the checksum of its length does not agree")


def truncated(file: SourceFile, number: int, position: int, missing: int) -> UnreadableFile:
    """Return the error for a file that ends inside a record, which lacks at least `missing` bytes."""
    if position == 0 and file.bytes < HEADER:
        return damaged_length(file, 1, 0)
    return damaged(file, number, position, f"it is truncated: at least {missing} bytes of it are missing")


def _divided(buffer: bytes, begin: int, end: int) -> tuple[list[int], int]:
    """Return where each whole record begins, and where the rest does."""
    starts: list[int] = []
    position, length_of = begin, struct.Struct("<Q").unpack_from
    last = end - HEADER - FOOTER
    while position <= last:
        following = position + length_of(buffer, position)[0] + HEADER + FOOTER
        if following > end:
            break
        starts.append(position)
        position = following
    return starts, position


def _checked(buffer: bytes, begins: list[int], before: int, position: int, fault: _Fault) -> Records:
    """Return the records that begin there. `position`: byte of the buffer's beginning in the file. Raises `UnreadableFile`."""
    data = np.frombuffer(buffer, np.uint8)
    begin = np.array(begins, np.int64)
    lengths = gathered(data, begin, 8)[:, 0]
    wrong = np.flatnonzero(masked(crc32c_of_words(lengths)) != _stored(data, begin + 8))
    if len(wrong):
        raise fault.of_header(before + int(wrong[0]), position + int(begin[wrong[0]]))
    sizes = lengths.astype(np.int64)
    starts = begin + HEADER
    wrong = np.flatnonzero(masked(crc32c(data, starts, sizes)) != _stored(data, starts + sizes))
    if len(wrong):
        raise fault.at(
            before + int(wrong[0]), position + int(begin[wrong[0]]), "the checksum of its message does not agree"
        )
    return Records(data, starts, sizes, before, position)


def _stored(data: Uint8s, positions: Int64s) -> Array:
    return (gathered(data, positions, 8)[:, 0] & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def _missing(pending: bytes, record: int, position: int, fault: _Fault) -> int:
    """Return how many bytes the record at the beginning lacks, at least. Raises `UnreadableFile` if its length is damaged."""
    if len(pending) < HEADER:
        return HEADER - len(pending)
    length, stored = struct.unpack_from("<QI", pending)
    if masked(crc32c_of_words(np.array([length], np.uint64)))[0] != stored:
        raise fault.of_header(record, position)
    if length > _LARGEST:
        raise fault.at(record, position, f"its {length} bytes are more than a message can have")
    return length + HEADER + FOOTER - len(pending)
