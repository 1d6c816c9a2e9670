"""Avro in codecs that fastavro has no library for here: the same rows as without a codec, and damage as an error."""

from __future__ import annotations

import io
import zlib
from typing import Any

import fastavro
import pyarrow as pa
import pytest

from preprocessing.spark.avro_blocks import uncompressed

SCHEMA = {"type": "record", "name": "r", "fields": [{"name": "n", "type": "long"}, {"name": "t", "type": "string"}]}
ROWS: list[dict[str, Any]] = [{"n": i, "t": f"token {i % 7}"} for i in range(500)]


def plain(codec: str = "null") -> bytes:
    stream = io.BytesIO()
    fastavro.writer(stream, SCHEMA, ROWS, codec=codec, sync_interval=1000)
    return stream.getvalue()


def varint(value: int) -> bytes:
    left, data = value << 1, b""
    while left > 127:
        data, left = data + bytes([left & 127 | 128]), left >> 7
    return data + bytes([left])


def with_codec(codec: str) -> bytes:
    """The file with its blocks compressed, as the specification of Avro has it."""
    data = plain()
    blocks: list[Any] = list(fastavro.block_reader(io.BytesIO(data)))
    mark = data[-16:]
    out = data[: data.index(mark) + 16].replace(
        b"\x14avro.codec\x08null", b"\x14avro.codec" + varint(len(codec)) + codec.encode()
    )
    for block in blocks:
        content = block.bytes_.getvalue()
        packed = pa.Codec({"zstandard": "zstd"}.get(codec, codec)).compress(content, asbytes=True)
        packed += zlib.crc32(content).to_bytes(4, "big") if codec == "snappy" else b""
        out += varint(block.num_records) + varint(len(packed)) + packed + mark
    assert len(blocks) > 3
    assert codec.encode() in out
    return out


@pytest.mark.parametrize("codec", ["snappy", "zstandard"])
def test_rows_are_those_of_the_file_without_a_codec(codec: str) -> None:
    assert list(fastavro.reader(uncompressed(io.BytesIO(with_codec(codec))))) == ROWS


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_codecs_of_fastavro_pass_unchanged(codec: str) -> None:
    stream = io.BytesIO(plain(codec))
    assert uncompressed(stream) is stream
    assert stream.tell() == 0
    assert list(fastavro.reader(stream)) == ROWS


def test_a_file_of_another_format_passes_to_fastavro() -> None:
    with pytest.raises(ValueError, match="is it an avro file"):
        list(fastavro.reader(uncompressed(io.BytesIO(b"a,b\n1,2\n"))))


def test_damage_is_noticed() -> None:
    data = bytearray(with_codec("snappy"))
    data[-40] ^= 1
    with pytest.raises((ValueError, OSError)):
        list(fastavro.reader(uncompressed(io.BytesIO(data))))
    with pytest.raises(ValueError, match="ends within a block"):
        list(fastavro.reader(uncompressed(io.BytesIO(with_codec("snappy")[:-30]))))


def test_a_damaged_length_allocates_nothing() -> None:
    data = with_codec("snappy")
    start = data.index(data[-16:]) + 16
    packed = b"\xff\xff\xff\xff\x0f and a checksum"  # 4 GiB by its first bytes
    block = varint(1) + varint(len(packed)) + packed + data[-16:]
    with pytest.raises(ValueError, match="cannot hold 4294967295"):
        uncompressed(io.BytesIO(data[:start] + block)).read()
