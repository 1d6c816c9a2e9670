"""Descriptions of raw files: what they refuse, and what a file's name and first bytes tell of its format."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.source import (
    ColumnarSource,
    DelimitedText,
    RangeSource,
    codec_by_name,
    format_by_magic,
    format_by_name,
    format_names,
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"delimiter": ",,"}, "one ASCII character"),
        ({"quote": "é"}, "one ASCII character"),
        ({"quote": ","}, "must differ"),
        ({"header": False}, "columns must name"),
        ({"columns": ["a", "a"]}, "'a'"),
        ({"uris": []}, "at least 1"),
        ({"colour": 1}, "extra"),
        ({"encoding": "no such codec"}, "an encoding of text that Python knows"),
        ({"encoding": "unicode escape"}, "an encoding of text that Python knows"),
        ({"encoding": "rot13"}, "an encoding of text that Python knows"),
        ({"encoding": "a\0"}, "an encoding of text that Python knows"),
    ],
)
def test_a_source_that_cannot_be_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=f"(?i){message}"):
        DelimitedText.model_validate({"format": "csv", "uris": ["x"], **fields})


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.csv", "csv"),
        ("A.TSV.gz", "tsv"),
        ("a.ndjson.zst", "jsonl"),
        ("s3://b/a.parquet", "parquet"),
        ("a.feather", "arrow"),
        ("a.orc", "orc"),
        ("a.avro", "avro"),
        ("a.txt", None),
        ("a", None),
    ],
)
def test_the_format_follows_from_the_name(name: str, format_: str | None) -> None:
    assert format_by_name(name) == format_


def test_columnar_files_are_known_by_their_first_bytes() -> None:
    starts = (b"PAR1\x15", b"ARROW1\0\0", b"\xff\xff\xff\xff\x10", b"ORC\n", b"a,b\n1,2\n", b"")
    assert [format_by_magic(start) for start in starts] == ["parquet", "arrow", "arrow", "orc", None, None]


def test_the_codec_follows_from_the_name() -> None:
    names = ("a.csv.gz", "a.csv.BZ2", "a.zst", "a.zstd", "a.csv")
    assert [codec_by_name(name) for name in names] == ["gzip", "bzip2", "zstd", "zstd", None]


def test_formats_are_listed_by_family() -> None:
    assert format_names(ColumnarSource) == ("parquet", "arrow", "orc", "tfrecord")
    assert format_names(RangeSource) == ("csv", "tsv", "jsonl", "parquet", "arrow", "orc", "tfrecord")
