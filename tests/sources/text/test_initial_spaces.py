"""Initial spaces are skipped as by Python's csv module, wherever blocks are cut."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.source import DelimitedText
from sources.text.initial_spaces import InitialSpaces


def skipped(text: str, size: int, **fields: object) -> str:
    source = DelimitedText.model_validate({"format": "csv", "uris": ["-"], "skip_initial_space": True, **fields})
    stream = InitialSpaces(cast("BinaryIO", io.BytesIO(text.encode())), source)
    blocks: list[bytes] = []
    while block := stream.read(size):
        blocks.append(block)
    return b"".join(blocks).decode()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("a, b,  c d \n 1, ,\n", {}, "a,b,c d \n1,,\n"),
        ('"a, b", "c\n d"  , "e"", f", g" h', {}, '"a, b","c\n d"  ,"e"", f",g" h'),
        ("' a', 'b, c'\r\n  'd'", {"quote": "'"}, "' a','b, c'\r\n'd'"),
        ('a, " b\n c, d', {"quote": None}, 'a," b\nc,d'),
        ("a, \\ b\\, c, d\\", {"escape": "\\"}, "a,\\ b\\, c,d\\"),
        ('"a\\", b", c', {"escape": "\\", "double_quote": False}, '"a\\", b",c'),
        ('"a"", b", c', {"double_quote": False}, '"a"",b",c'),
        ("a; b, c", {"delimiter": ";"}, "a;b, c"),
        ("a\r \n\r \r\r  \n", {}, "a\n\n\n\n\n\n"),
        ('"a"\r \n\r \r\r  \n', {}, '"a"\n\n\n\n\n\n'),
        ("a\r \r\n, \r ", {}, "a\r\r\n,\r"),
        ("", {}, ""),
        ("   ", {}, ""),
    ],
)
def test_spaces_at_the_beginning_of_fields_are_skipped(
    text: str, fields: dict[str, object], expected: str, size: int
) -> None:
    assert skipped(text, size, **fields) == expected


@settings(max_examples=300)
@given(text=st.lists(st.sampled_from([*'ab  ,,"\n', '""', ' "']), max_size=60).map("".join), size=st.integers(1, 20))
def test_the_rows_are_those_of_pythons_option(text: str, size: int) -> None:
    plain = list(csv.reader(io.StringIO(skipped(text, size), newline="")))
    option = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))
    assert [row for row in plain if row not in ([], [""])] == [row for row in option if row not in ([], [""])]
