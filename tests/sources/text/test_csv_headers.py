"""The names of a file's columns, where its records begin, and headers that name nothing."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, InvalidRequest, TandemError, UnreadableFile
from contracts.source import DelimitedText
from sources.text.csv_headers import delimited_columns


def header(path: Path, data: str | bytes, **fields: Any) -> tuple[list[str], int]:
    raw = data if isinstance(data, bytes) else data.encode()
    path.write_bytes(raw)
    source = DelimitedText.model_validate({"format": "csv", "uris": ["-"], **fields})
    return delimited_columns(source, SourceFile(uri=str(path), bytes=len(raw), modified_ns=0))


@pytest.mark.parametrize(
    ("data", "fields", "names", "start"),
    [
        ("a,b\n1,2\n", {}, ["a", "b"], 4),
        ("a,b\r\n1,2\r\n", {}, ["a", "b"], 5),
        ("a,b\r1,2\r", {}, ["a", "b"], 4),
        ("a,b", {}, ["a", "b"], 3),
        ("\ufeffa,b\n", {}, ["a", "b"], 7),
        ('"a\nb","c,d"\n1,2\n', {}, ["a\nb", "c,d"], 12),
        ("a\tb\n", {"format": "tsv"}, ["a", "b"], 4),
        ("one\r\ntwo\ra,b\n", {"skip_lines": 2}, ["a", "b"], 13),
        ("# x,y,z\na,b\n", {"comment": "#"}, ["a", "b"], 12),
        ("ä,☃\n", {}, ["ä", "☃"], 7),
        (b"\xe4,b\n", {"encoding": "latin-1"}, ["ä", "b"], 4),
        ("ä,b\n".encode("utf-16"), {"encoding": "utf-16"}, ["ä", "b"], 5),
        ("\ufeffä,b\n".encode("utf-16-le"), {"encoding": "utf-16-le"}, ["ä", "b"], 8),
        (gzip.compress(b"a,b\n1,2\n"), {"compression": "gzip"}, ["a", "b"], 4),
        ("a,b\n", {"columns": ["x", "y"]}, ["x", "y"], 4),
        ("1,2\n", {"header": False, "columns": ["x", "y"]}, ["x", "y"], 0),
        ("\ufeff1,2\n", {"header": False, "columns": ["x", "y"]}, ["x", "y"], 3),
        ("1\n", {"header": False, "columns": ["x", "y"], "ragged": "null_padding"}, ["x", "y"], 0),
        (" a ,b \n", {}, [" a ", "b "], 7),
        ("only\n\n1\n", {}, ["only"], 5),
        ("x" * 10_000 + "\n", {}, ["x" * 10_000], 10_001),
    ],
)
def test_names_and_the_offset_of_the_first_record(
    tmp_path: Path, data: str | bytes, fields: dict[str, Any], names: list[str], start: int
) -> None:
    assert header(tmp_path / "t.csv", data, **fields) == (names, start)


MIB = 1 << 20


@pytest.mark.parametrize(
    ("data", "fields", "kind", "pointer", "message"),
    [
        ("", {}, UnreadableFile, "/source/uris", "t.csv is empty"),
        ("\ufeff\r\n\n", {}, UnreadableFile, "/source/uris", "t.csv is empty"),
        (
            "\na,b\n1,2\n",
            {},
            UnreadableFile,
            "/source/header",
            "the first line, which should name the columns, is empty",
        ),
        ("# a\n", {"comment": "#"}, UnreadableFile, "/source/header", "which should name the columns, is empty"),
        ("a,b\n".encode("utf-16"), {}, UnreadableFile, "/source/encoding", "set source.encoding to utf-16"),
        (
            gzip.compress(b"a,b\n"),
            {},
            UnreadableFile,
            "/source",
            "is not csv but compressed with gzip: set source.compr",
        ),
        (b"PK\x03\x04\x14\x00", {"encoding": "latin-1"}, UnreadableFile, "/source", "is not csv but a ZIP archive"),
        (b"PAR1\x15\x00", {}, UnreadableFile, "/source", "set source.format to parquet"),
        ("a,b\0\n", {}, UnreadableFile, "/source", "t.csv is not csv: it holds the byte 0"),
        ('a,"b\n1,2\n', {}, UnreadableFile, "/source", "the header does not end within 1 MiB"),
        ("a," * MIB, {}, UnreadableFile, "/source", "the header does not end within 1 MiB"),
        ("x" * 10_001 + "\n1\n", {}, UnreadableFile, "/source/header", "a name of more than 10000 bytes"),
        ("a\nb\n", {"skip_lines": 3}, UnreadableFile, "/source/skip_lines", "no more than the 3 lines to skip"),
        (b"a,\xe4\n", {}, UnreadableFile, "/source/encoding", "the header is not utf-8"),
        (b"not gzip", {"compression": "gzip"}, UnreadableFile, "/source", "is not readable as gzip"),
        ("a,b,a\n", {}, InvalidData, "/source", "column names must be distinct. Received twice: 'a'"),
        ("a,b\n", {"columns": ["x"]}, InvalidRequest, "/source/columns", "names 1 columns"),
        (
            "1,2,3\n",
            {"header": False, "columns": ["x", "y"]},
            InvalidRequest,
            "/source/columns",
            "source.columns names 2 columns, the first line of",
        ),
        ("1\n", {"header": False, "columns": ["x", "y"]}, InvalidRequest, "/source/columns", "has 1"),
        (
            "1,2,3\n",
            {"header": False, "columns": ["x", "y"], "ragged": "null_padding"},
            InvalidRequest,
            "/source/columns",
            "has 3",
        ),
    ],
)
def test_a_header_that_cannot_be_read_is_refused_at_its_setting(
    tmp_path: Path, data: str | bytes, fields: dict[str, Any], kind: type[TandemError], pointer: str, message: str
) -> None:
    with pytest.raises(kind) as caught:
        header(tmp_path / "t.csv", data, **fields)
    assert message in str(caught.value)
    assert caught.value.pointer == pointer


def test_a_long_first_line_without_a_header_is_not_counted(tmp_path: Path) -> None:
    names, start = header(tmp_path / "t.csv", "x" * (2 * MIB) + ",1\n", header=False, columns=["a", "b"])
    assert (names, start) == (["a", "b"], 0)
