"""Avro files in codecs that fastavro needs another package for, decompressed by Arrow on their way into it.

An object container file is a header (a magic number, a map with the schema and the codec, a mark) and blocks: numbers of rows
and bytes, the bytes, and the mark again (Apache Avro 1.12, "Object Container Files"). The stream has the same header and blocks,
in the codec `null`. Numbers are varints in zigzag.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

_MAGIC = b"Obj\x01"
_MARK_BYTES = 16
_LONGEST_NUMBER = 10
_SNAPPY_RATIO = 32
"""More than a block of snappy can expand: at most 64 bytes for 3, so that a damaged length allocates no gigabytes."""


def uncompressed(stream: BinaryIO) -> BinaryIO:
    """Return a file's stream, from its start, with blocks of snappy and zstandard decompressed; others as they are.

    Reading raises `ValueError` or `OSError` for a damaged block.
    """
    header = _header(stream)
    if header.get(b"avro.codec") not in {b"snappy", b"zstandard"}:
        stream.seek(0)
        return stream
    return io.BufferedReader(_Chunks(_chunks(stream, header)), 1 << 20)


class _Chunks(io.RawIOBase):
    """Chunks of bytes as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer from at most one chunk. Return the number of bytes; 0 at the end."""
        while not self._held and (chunk := next(self._chunks, None)) is not None:
            self._held = memoryview(chunk)
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def _header(stream: BinaryIO) -> dict[bytes, bytes]:
    """Return the header's entries; none for a file of another format, which fastavro refuses."""
    entries: dict[bytes, bytes] = {}
    if stream.read(len(_MAGIC)) != _MAGIC:
        return entries
    while count := _number(stream):
        if count < 0:  # then the map's block has a size in bytes, too
            _number(stream)
        for _ in range(abs(count)):
            key = _exactly(stream, _number(stream))
            entries[key] = _exactly(stream, _number(stream))
    return entries


def _chunks(stream: BinaryIO, header: dict[bytes, bytes]) -> Iterator[bytes]:
    """Yield the file in the codec `null`: its header, then each block. `stream` is behind the header's map."""
    codec = header[b"avro.codec"]
    entries = {**header, b"avro.codec": b"null"}
    pairs = [_written(len(part)) + part for pair in entries.items() for part in pair]
    yield _MAGIC + _written(len(entries)) + b"".join(pairs) + _written(0) + _exactly(stream, _MARK_BYTES)
    while first := stream.read(1):
        rows = _number(stream, first)
        data = _exactly(stream, _number(stream))
        plain = _without_snappy(data) if codec == b"snappy" else _without_zstandard(data)
        yield _written(rows) + _written(len(plain)) + plain + _exactly(stream, _MARK_BYTES)


def _without_snappy(data: bytes) -> bytes:
    """Return a block's bytes; after the compressed ones stands the CRC 32 of the others, the highest byte first."""
    packed, check = data[:-4], data[-4:]
    size = sum((byte & 127) << (7 * place) for place, byte in enumerate(_varint(io.BytesIO(packed))))
    if size > _SNAPPY_RATIO * len(packed):
        raise ValueError(f"a block of {len(packed)} bytes cannot hold {size}")
    plain = pa.Codec("snappy").decompress(packed, size, asbytes=True)
    if zlib.crc32(plain).to_bytes(4, "big") != check:
        raise ValueError("a block's checksum differs")
    return plain


def _without_zstandard(data: bytes) -> bytes:
    return pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()


def _exactly(stream: BinaryIO, size: int) -> bytes:
    if size < 0:
        raise ValueError(f"a length of {size} bytes")
    data = stream.read(size)
    if len(data) < size:
        raise ValueError("the file ends within a block")  # no EOFError: that is the regular end to fastavro
    return data


def _number(stream: BinaryIO, first: bytes = b"") -> int:
    value = sum((byte & 127) << (7 * place) for place, byte in enumerate(_varint(stream, first)))
    return (value >> 1) ^ -(value & 1)


def _varint(stream: BinaryIO, first: bytes = b"") -> bytes:
    """Return the bytes of a number: each but the last has the highest bit."""
    data = first
    while not data or data[-1] & 128:
        if len(data) == _LONGEST_NUMBER:
            raise ValueError("a number of more than 64 bits")
        data += _exactly(stream, 1)
    return data


def _written(value: int) -> bytes:
    left, data = (value << 1) ^ (value >> 63), bytearray()
    while left > 127:
        data.append(left & 127 | 128)
        left >>= 7
    return bytes([*data, left])
