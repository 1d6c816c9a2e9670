"""Rows with escapes and doubled quotes: by hand, and read back as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.source import DelimitedText
from sources.text.escaped_rows import escaped_rows

SOURCE = DelimitedText(format="csv", uris=["-"], escape="\\")


def rows(text: str) -> list[list[str]]:
    return list(escaped_rows(SOURCE, iter(text.splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a""b",c\n', [['a"b', "c"]]),
        ('"a\\"b","c\\\\"\n', [['a"b', "c\\"]]),
        ('"a"\\",b\n', [['a"', "b"]]),
        ("a\\,b,c\n", [["a,b", "c"]]),
        ("a\\\nb,c\n", [["a\nb", "c"]]),
        ('"a\nb",c\r\nd,e', [["a\nb", "c"], ["d", "e"]]),
        ('\\"a",b\n', [['"a"', "b"]]),
        ('a"b"",c\n', [['a"b""', "c"]]),
        ('"a"b"c",d\n', [['ab"c"', "d"]]),
        ('"",\n', [["", ""]]),
        ('""""\n', [['"']]),
        ("\n\r\na,b\n", [[], [], ["a", "b"]]),
        ("a,\\", [["a", ""]]),
        ("", []),
    ],
)
def test_escapes_and_doubled_quotes(text: str, expected: list[list[str]]) -> None:
    assert rows(text) == expected


FIELDS = st.text(st.sampled_from('ab,"\\\n '), max_size=6)


@settings(max_examples=200)
@given(st.lists(st.lists(st.tuples(FIELDS, st.booleans()), min_size=2, max_size=3), max_size=5))
def test_quoted_fields_are_read_back(table: list[list[tuple[str, bool]]]) -> None:
    def quoted(value: str, doubles: bool) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '""' if doubles else '\\"') + '"'

    text = "".join(",".join(quoted(*field) for field in row) + "\n" for row in table)
    assert rows(text) == [[value for value, _ in row] for row in table]


def test_lines_are_taken_only_as_they_are_needed() -> None:
    lines = iter(["a,b\n", "c,d\n"])
    found = escaped_rows(SOURCE, lines)
    assert next(found) == ["a", "b"]
    assert next(lines) == "c,d\n"
