"""Formats by the first bytes."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import InvalidRequest, UnreadableFile
from contracts.source import LineSource, format_names
from preprocessing.proposals.file_formats import LINE_TEXTS, binary_format_of, text_format_of


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), stream)
    return stream.getvalue()


def arrow() -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, pa.schema([("a", pa.int64())])):
        pass
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (parquet(), "parquet"),
        (arrow(), "arrow"),
        (b"ORC\x08 and more", "orc"),
        (b"ORC,a\n1,2\n", None),
        (b"a,b\n", None),
        (b"", None),
    ],
)
def test_columnar_formats(start: bytes, name: str | None) -> None:
    assert binary_format_of("t", start) == name


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"PK\x03\x04", "t is a ZIP archive"),
        (b"%PDF-1.7", "t is a PDF document"),
        (b"PARE\x15\x04", "t is Parquet whose footer is encrypted"),
        (b"\xfd7zXZ\x00\x00", "t is compressed with xz: use gzip, bzip2 or zstd"),
        (b"\x93NUMPY\x01", "t is a NumPy array"),
        (b"SQLite format 3\x00", "t is an SQLite database"),
    ],
)
def test_what_nothing_here_reads_is_refused_with_advice(start: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words) as raised:
        binary_format_of("t", start)
    assert raised.value.pointer == "/uris"


def test_avro_is_for_jobs_alone() -> None:
    with pytest.raises(InvalidRequest, match="t is Avro, which only dataset jobs read"):
        binary_format_of("t", b"Obj\x01 and more")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"a": 1}\n{"a": 2}\n', "jsonl"),
        ('\n\n {"a": 1}\n\n{"a": 2}', "jsonl"),
        ('{"a": 1}\n{"a": 2', "jsonl"),
        ('{"a": 1}', "jsonl"),
        ('{"a": 1}\n[2]\n{"a": 3}\n', "delimited"),
        ("{a},b\n1,2\n", "delimited"),
        ("[note]\n1,2\n", "delimited"),
        ("a,b\n1,2\n", "delimited"),
        ("", "delimited"),
    ],
)
def test_text_is_json_lines_where_its_first_lines_are_objects(text: str, name: str) -> None:
    assert text_format_of("t", text) == name


@pytest.mark.parametrize("text", ['[{"a": 1},\n {"a": 2}]', '{\n  "a": 1\n}', '[\n{"a": 1},\n{"a": '])
def test_a_document_over_several_lines_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile, match="write one object a line"):
        text_format_of("t", text)


def test_a_proposal_has_a_title_and_a_reason_for_every_format_of_lines() -> None:
    assert set(LINE_TEXTS) == set(format_names(LineSource))


def test_a_document_of_any_depth_is_no_fault_of_the_service() -> None:
    assert text_format_of("t", "[" * 100_000) == "delimited"
