"""Formats and compressions by the first bytes; letters that begin a text are no magic number."""

from __future__ import annotations

import bz2
import gzip

import pyarrow as pa
import pytest

from sources.files.magic_numbers import compression_of, is_avro, other_format, typed_format, unreadable_format


@pytest.mark.parametrize(
    ("start", "codec"),
    [
        (gzip.compress(b"a,b\n"), "gzip"),
        (bz2.compress(b"a,b\n"), "bzip2"),
        (pa.Codec("zstd").compress(b"a,b\n", asbytes=True), "zstd"),
        (b"a,b\n", None),
        (b"", None),
        (b"BZ,h\n", None),
        (b"BZh,n\n1,2\n", None),
    ],
)
def test_compression(start: bytes, codec: str | None) -> None:
    assert compression_of(start) == codec
    words = None if codec is None else f"compressed with {codec}: set source.compression to {codec}"
    assert other_format(start) == words


@pytest.mark.parametrize(
    ("start", "name"),
    [(b"ORC\x08\x03", "orc"), (b"PAR1\x15\x04", "parquet"), (b"ARROW1\x00\x00", "arrow"), (b"Obj\x01\x04", "avro")],
)
def test_a_format_that_a_source_can_have_is_proposed(start: bytes, name: str) -> None:
    assert other_format(start) == f"of the format {name}: set source.format to {name}"
    assert (typed_format(start), is_avro(start)) == ((None, True) if name == "avro" else (name, False))


@pytest.mark.parametrize("start", [b"ORC,n\n1,2\n", b"PAR1\tn\n", b"PARE,n\n", b"ARROW1;n\n"])
def test_letters_that_begin_a_text_are_no_magic_number(start: bytes) -> None:
    assert (typed_format(start), unreadable_format(start), other_format(start)) == (None, None, None)


def test_what_nothing_reads_has_a_remedy() -> None:
    assert "unpack it" in (other_format(b"PK\x03\x04\x14\x00") or "")
    assert "without encryption" in (unreadable_format(b"PARE\x15\x04") or "")
