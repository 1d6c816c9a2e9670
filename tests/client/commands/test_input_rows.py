"""Rows of a file or a pipe: the format by name or content, read as they come, errors with their line."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tandem import InvalidInput
from tandem.commands.input_rows import Document, Lines, as_numbers, open_rows


def read(argument: str, named: str | None = None) -> Any:
    """The content of a document, or the rows."""
    with open_rows(argument, named) as opened:
        return opened.content if isinstance(opened, Document) else list(opened.rows)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


CONTENTS: list[tuple[str, Any]] = [
    ('{"a": 1}', {"a": 1}),
    ('\n {"a": 1}\n\n', {"a": 1}),
    ('[{"a": 1},\n {"a": 2}]', [{"a": 1}, {"a": 2}]),
    ('{\n "instances": [{}]\n}', {"instances": [{}]}),
    ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
    ('\ufeff{"a": 1}\r\n\r\n{"a": NaN, "b": "é"}', None),
    ("a,b\n1,x\n\n2,y\n", [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]),
    ('\ufeff"a","b"\r\n"1\r\n2","x,y"\r\n', [{"a": "1\r\n2", "b": "x,y"}]),
    ("a,b\n", []),
]


@pytest.mark.parametrize(("content", "expected"), CONTENTS)
def test_the_format_follows_from_the_content(
    place: Path, monkeypatch: pytest.MonkeyPatch, content: str, expected: Any
) -> None:
    (place / "rows").write_bytes(content.encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    from_file, from_pipe = read("rows"), read("-")
    assert repr(from_file) == repr(from_pipe)
    if expected is not None:
        assert from_file == expected
    assert not sys.stdin.closed


def test_the_format_follows_from_the_name_and_the_option_before_it(place: Path) -> None:
    for name in ("one.jsonl", "one.ndjson", "one.json", "one.csv"):
        (place / name).write_text('{"a": 1}\n')
    assert read("one.jsonl") == read("one.ndjson") == [{"a": 1}]
    assert read("one.json") == {"a": 1}
    assert read("one.csv") == []
    assert read("one.csv", "jsonl") == [{"a": 1}]
    with pytest.raises(InvalidInput, match=r"--format is one of json, jsonl, csv\. Received: xml"):
        read("one.json", "xml")


def test_json_in_the_argument_stands_for_itself() -> None:
    assert read('[{"a": 1}]') == [{"a": 1}]


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": \n', "a.jsonl, line 2 is not JSON"),
        ("a.jsonl", '{"a": 1}\n\n[1]\n', "a.jsonl, line 3 must be a JSON object. Received: [1]"),
        ("a.json", "{", "a.json is not JSON"),
        ("a.csv", "a,b\n1\n", "a.csv, line 2: expected 2 fields, found 1"),
        ("a.csv", 'a\n"x\n', "a.csv, line 2: unexpected end of data"),
        ("a.csv", "a,a\n1,2\n", "the first line must name the columns, each once. Received: a,a"),
        ("a", "", "a is empty"),
        ("a", "\n\n", "a is empty"),
        ("a.csv", b"a\n\xff\n", "cannot read a.csv: 'utf-8' codec can't decode byte"),
        ("nowhere.csv", None, "cannot read nowhere.csv: No such file or directory"),
    ],
)
def test_an_error_names_the_file_and_the_line(
    place: Path, name: str, content: str | bytes | None, refusal: str
) -> None:
    if content is not None:
        (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInput) as raised:
        read(name)
    assert refusal in str(raised.value)


@pytest.mark.parametrize("lines", [['{"a": 1}\n', '{"a": 2}\n', '{"a": 3}\n'], ["a\n", "1\n", "2\n", "3\n"]])
def test_a_pipe_is_read_as_it_comes(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    class Slow(io.RawIOBase):
        """A pipe that hands out a line at a time."""

        def __init__(self) -> None:
            self.left: Iterator[str] = iter(lines)
            self.taken = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = next(self.left, "").encode()
            self.taken += 1
            buffer[: len(line)] = line
            return len(line)

    pipe = Slow()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(pipe)))
    with open_rows("-", None) as opened:
        assert isinstance(opened, Lines)
        assert next(opened.rows)
        assert pipe.taken < len(lines) + 1
        assert len(list(opened.rows)) == 2


def test_text_is_a_number_where_the_model_wants_one() -> None:
    row = {"a": " 1400 ", "b": "-1.5e3", "c": "", "d": "NA", "e": "1_000", "f": "06", "g": "+7", "h": ".5"}
    assert as_numbers(row, "abcdegh") == {
        "a": 1400,
        "b": -1500.0,
        "c": None,
        "d": "NA",
        "e": "1_000",
        "f": "06",
        "g": 7,
        "h": 0.5,
    }
