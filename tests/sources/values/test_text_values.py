"""Text to numbers and tokens: null tokens, spaces, groups of digits, decimal points, and the places of what does not parse."""

from __future__ import annotations

import math
import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features import TextRule
from contracts.schema import ValueType
from sources.text.json_lines import _whole_number, _Wrong  # pyright: ignore[reportPrivateUsage]  # the other reader of integers
from sources.text.json_objects import json_object
from sources.values.refused import refused
from sources.values.text_values import (
    Spelling,
    as_number,
    is_typed,
    parsed_number,
    read_tokens,
    typed,
    without_numbers,
)

PLAIN = Spelling(("", "NA"))


def text(*values: bytes | None) -> pa.Array:
    return pa.array(values, pa.binary())


def check(values: list[bytes | None], kind: ValueType, spelling: Spelling) -> tuple[list[object], list[int]]:
    """Return the values and the positions of the wrong ones; the quick answer must agree with them."""
    found, wrong = typed(text(*values), kind, spelling)
    assert len(found) == len(values)
    assert all(not found[position].is_valid for position in wrong)
    assert is_typed(text(*values), kind, spelling) == (not wrong)
    return found.to_pylist(), wrong


def test_null_tokens_are_missing_and_anything_is_a_token() -> None:
    values = [b"", b"NA", b"na", b" NA", b"\xff\0", None]
    assert check(values, "bytes", PLAIN) == ([None, None, b"na", b" NA", b"\xff\0", None], [])


@pytest.mark.parametrize(
    ("value", "kind", "number"),
    [
        (b"7", "int64", 7),
        (b" \t-7\t ", "int64", -7),
        (b"9223372036854775807", "int64", 2**63 - 1),
        (b"1.5", "float64", 1.5),
        (b".5e-3", "float64", 0.0005),
        (b"inf", "float64", math.inf),
        (b"1e400", "float64", math.inf),
    ],
)
def test_numbers_as_arrow_reads_them(value: bytes, kind: ValueType, number: float) -> None:
    assert check([value, b"NA", None], kind, PLAIN) == ([number, None, None], [])


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"7.0", 7),
        (b" -7.000 ", -7),
        (b"7.", 7),
        (b"-0.0", 0),
        (b"7e0", 7),
        (b"1.25E+2", 125),
        (b"1200e-2", 12),
        (b"0e99999999999", 0),
        (b"1e-400", 0),
        (b"9223372036854775807.0", 2**63 - 1),
        (b"-9.223372036854775808e18", -(2**63)),
    ],
)
def test_a_whole_number_is_one_by_its_value(value: bytes, number: int) -> None:
    assert typed(text(b"1", value, None, b"NA"), "int64", PLAIN) == (pa.array([1, number, None, None]), [])
    assert not is_typed(text(value), "int64", PLAIN), "the type of a column is inferred from how its values are written"


@settings(max_examples=300)
@given(
    st.one_of(
        st.from_regex(r"[ +-]?[0-9]{0,20}(\.[0-9]{0,3})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
        st.integers(-(2**64), 2**64).map(lambda number: f"{number}.0"),
    )
)
def test_whole_numbers_of_text_and_of_json_are_the_same(written: str) -> None:
    expected = json_integer(written)
    numbers, wrong = typed(text(written.encode()), "int64", Spelling(()))
    if expected is not None:
        assert (numbers.to_pylist(), wrong) == ([expected], [])
    elif re.fullmatch(r" ?-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", written):
        assert (numbers.to_pylist(), wrong) == ([None], [0]), "JSON has that number, and it is not an int64"


def json_integer(written: str) -> int | None:
    """Return an int64 as the reader of JSON lines has it; None where that is not one."""
    try:
        return _whole_number(json_object(b'{"x": %s}' % written.encode())["x"])
    except ValueError:
        return None
    except _Wrong:
        return None


@pytest.mark.parametrize("value", [b"7.5", b"1e400", b"9223372036854775808.0", b"e5", b".", b"1e", b"7.0x"])
def test_other_numbers_are_no_whole_ones(value: bytes) -> None:
    assert check([b"1", value], "int64", PLAIN) == ([1, None], [1])


@pytest.mark.parametrize("value", [b"x", b"9223372036854775808", b"1 2", b"1,2", b"\xff", b"\n1", b"+-1"])
def test_what_is_no_whole_number_is_null_and_its_place_known(value: bytes) -> None:
    assert check([b"1", value, b"3", value], "int64", PLAIN) == ([1, None, 3, None], [1, 3])


GROUPED = Spelling(("",), thousands_separator=",")
GERMAN = Spelling(("", "-"), decimal_point=",", thousands_separator=".")


@pytest.mark.parametrize(
    ("value", "kind", "spelling", "number"),
    [
        (b"1,234,567", "int64", GROUPED, 1234567),
        (b" -1,234 ", "int64", GROUPED, -1234),
        (b"1234567", "int64", GROUPED, 1234567),
        (b"12,34,567", "int64", GROUPED, 1234567),  # as in India
        (b"1,234.5e2", "float64", GROUPED, 123450.0),
        (b"1.234.567,5", "float64", GERMAN, 1234567.5),
        (b"0,5", "float64", GERMAN, 0.5),
        (b"-", "float64", GERMAN, None),
        (b"1 234", "int64", Spelling((), thousands_separator=" "), 1234),
        ("1\u202f234".encode(), "int64", Spelling((), thousands_separator="\u202f"), 1234),
    ],
)
def test_groups_of_digits_and_decimal_points(
    value: bytes, kind: ValueType, spelling: Spelling, number: float | None
) -> None:
    assert check([value], kind, spelling) == ([number], [])


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (b"1,23", GROUPED),
        (b"1234,567", GROUPED),
        (b",123", GROUPED),
        (b"1,,234", GROUPED),
        (b"1.234,567", GROUPED),
        (b"1.5", GERMAN),
        (b"1,234,567", GERMAN),
        (b"1.5", Spelling((), decimal_point=",")),
    ],
)
def test_a_misplaced_group_or_point_is_wrong(value: bytes, spelling: Spelling) -> None:
    assert check([b"1", value], "float64", spelling) == ([1.0, None], [1])


@settings(max_examples=100)
@given(st.integers(-(2**63), 2**63 - 1))
def test_a_grouped_number_is_the_number(number: int) -> None:
    assert check([f"{number:,}".encode()], "int64", GROUPED) == ([number], [])


@settings(max_examples=100)
@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_refused_positions_are_all_of_them_in_order(wrong: set[int], count: int) -> None:
    values = pa.array(["x" if position in wrong else "1" for position in range(count)], pa.string())
    expected = sorted(position for position in wrong if position < count)
    assert refused(values, lambda part: part.cast(pa.int64())) == expected


def test_numbers_that_mean_missing_match_as_float32() -> None:
    tokens = ["-999", "NA", "0.1"]
    assert without_numbers(pa.array([-999, 1, None]), tokens).to_pylist() == [None, 1, None]
    found = without_numbers(pa.array([-999.0, 0.1, 0.1 + 1e-12, 0.2]), tokens)
    assert found.to_pylist() == [None, None, None, 0.2]
    assert found.type == pa.float64()
    column = pa.array([1, 2])
    assert without_numbers(column, ["NA", ""]) is column


def test_which_null_tokens_are_numbers() -> None:
    assert [as_number(token) for token in ("-999", "1e3", "NA", "")] == [-999.0, 1000.0, None, None]


@pytest.mark.parametrize(
    ("text", "rule", "number"),
    [
        ("$1,234.50", TextRule(prefix="$", thousands_separator=","), 1234.5),
        ("-$ 5", TextRule(prefix="$"), -5.0),
        ("$-5", TextRule(prefix="$"), -5.0),
        ("7", TextRule(prefix="$", suffix="%"), 7.0),
        (" 12 % ", TextRule(suffix="%"), 12.0),
        ("1.234,5\u00a0€", TextRule(suffix="€", decimal_point=",", thousands_separator="."), 1234.5),
        ("USD 1e3", TextRule(prefix="USD"), 1000.0),
        ("12 kg", TextRule(suffix="%"), None),
        ("$$5", TextRule(prefix="$"), None),
        ("$", TextRule(prefix="$"), None),
        ("1,23", TextRule(thousands_separator=","), None),
    ],
)
def test_a_number_may_have_affixes_and_marks(text: str, rule: TextRule, number: float | None) -> None:
    spelling = Spelling.of(("",), (".", None), rule)
    assert parsed_number(text, spelling) == number
    values, wrong = typed(pa.array([text.encode()] * 2, pa.binary()), "float64", spelling)
    assert (values.to_pylist(), wrong) == ([number] * 2, [] if number is not None else [0, 1])


def test_spellings_of_a_token() -> None:
    tokens = pa.array([b"Yes", b" yes\t", b"YES", "É ".encode(), b"\xff A", b"  ", None], pa.binary())
    both = [b"yes", b"yes", b"yes", "é".encode(), b"\xff a", None, None]
    assert read_tokens(tokens, TextRule(strip=True, fold_case=True)).to_pylist() == both
    stripped = [b"Yes", b"yes", b"YES", "É".encode(), b"\xff A", None, None]
    assert read_tokens(tokens, TextRule(strip=True)).to_pylist() == stripped
