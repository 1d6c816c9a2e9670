"""Records of delimited text one by one: their fields, lines, bytes and ends."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.source import DelimitedText
from sources.text.csv_records import Records


def records(data: bytes, line_before: int = 0, **fields: Any) -> Records:
    source = DelimitedText.model_validate({"format": "csv", "uris": ["-"], **fields})
    return Records(source, io.BytesIO(data), line_before)


def listed(data: bytes, **fields: Any) -> list[list[str]]:
    return list(records(data, **fields))


def test_each_record_has_its_line_its_text_and_its_end() -> None:
    read = records(b'a,b\r\n\n"c\nd",e\rf,g', 10)
    found = [(fields, read.line, read.text, read.end) for fields in read]
    assert found == [
        (["a", "b"], 11, b"a,b\r\n", 5),
        (["c\nd", "e"], 13, b'"c\nd",e\r', 14),
        (["f", "g"], 15, b"f,g", 17),
    ]
    assert not read.unfinished


@pytest.mark.parametrize(
    ("data", "fields", "expected"),
    [
        (b'"a""b",c\n', {}, [['a"b', "c"]]),
        (b'5" x,"a"b\n', {}, [['5" x', "ab"]]),
        (b'"a,b"\n', {"quote": None}, [['"a', 'b"']]),
        (b"'a;b';c\n", {"quote": "'", "delimiter": ";"}, [["a;b", "c"]]),
        (b'a\\,b,"c\\"d"\n', {"escape": "\\"}, [["a,b", 'c"d']]),
        (b'a\\,b,"c""d"\n', {"escape": "\\", "double_quote": False}, [["a,b", 'c"d"']]),
        (b"a\tb\n", {"format": "tsv"}, [["a", "b"]]),
        (b"\xff,\xe4\n", {}, [["\xff", "\xe4"]]),
    ],
)
def test_every_dialect(data: bytes, fields: dict[str, Any], expected: list[list[str]]) -> None:
    assert listed(data, **fields) == expected


def test_comments_are_lines_but_no_records_unless_quoted() -> None:
    read = records(b'#x,"y\na,b\n## z\n"c\n#d",e\n #f,g\n', comment="#")
    assert [(fields, read.line) for fields in read] == [(["a", "b"], 2), (["c\n#d", "e"], 4), ([" #f", "g"], 6)]


def test_empty_lines_are_records_of_one_column_only() -> None:
    assert listed(b"\na\n\n", columns=["x"]) == [[""], ["a"], [""]]
    assert listed(b"\na,b\n\n", columns=["x", "y"]) == [["a", "b"]]


@pytest.mark.parametrize(
    ("data", "fields", "unfinished"),
    [
        (b'a,"b\n', {}, True),
        (b'a,"b"', {}, False),
        (b'a,"b""', {}, True),
        (b'a,b"', {}, False),
        (b'a,"b""', {"double_quote": False, "escape": "\\"}, False),
        (b"a,b\\", {"escape": "\\"}, True),
        (b"a,b\\\\", {"escape": "\\"}, False),
        (b'a"b,c\\\n', {"escape": "\\"}, False),
        (b'a,"b', {"quote": None}, False),
        (b'a,"b\\"', {"escape": "\\"}, True),
        (b"", {}, False),
    ],
)
def test_a_record_that_the_file_cuts_off_is_unfinished(data: bytes, fields: dict[str, Any], unfinished: bool) -> None:
    read = records(data, **fields)
    list(read)
    assert read.unfinished == unfinished


@settings(max_examples=200)
@given(st.text(st.sampled_from('a,"\\\n\r#'), max_size=30).map(str.encode), st.sampled_from([None, "\\"]))
def test_records_and_comments_are_all_of_the_bytes(data: bytes, escape: str | None) -> None:
    read = records(data, escape=escape, columns=["x"])
    texts = [read.text for _ in read]
    assert b"".join(texts) == data
    assert read.end == len(data)
