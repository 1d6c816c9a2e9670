"""The canonical spelling of text: one token for a number, whatever program wrote it; codes stay."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features.spelling import FIRST_CHARACTERS, LAST_CHARACTERS, MARKS, canonical_text, canonical_token
from sources.values.number_tokens import number_token

NUMBERS = st.floats(-9e307, 9e307) | st.integers(-(10**18), 10**18).map(float)
TEXTS = st.one_of(
    st.text(max_size=8),
    st.text("0123456789.eE+-", max_size=12),
    st.from_regex(r"-?[0-9]{0,3}\.[0-9]{1,4}0{0,3}", fullmatch=True),
    st.from_regex(r"-?[0-9](\.[0-9]{1,18})?[eE][+-]?[0-9]{1,3}", fullmatch=True),
    st.sampled_from(
        ["True", "TRUE", "true", "False", "FALSE", "tRue", "True ", "True\n", "1.0\n", "1.0e+05\n", "-", "."]
    ),
)


def as_java(value: float) -> str:
    """A double as Java's Double.toString, and so Spark, writes it."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, *others = map(str, digits)
    assert isinstance(exponent, int)
    return f"{'-' * sign}{first}.{''.join(others) or '0'}E{exponent + len(others)}"


@settings(max_examples=500)
@given(NUMBERS)
def test_a_double_has_one_token_however_it_is_written(value: float) -> None:
    token = number_token(value)
    assert token is not None
    assert canonical_token(repr(value).encode()) == token, "as Python and pandas write it"
    assert canonical_token(as_java(value).encode()) == token, "as Java and Spark write it"
    assert canonical_token(token) == token


@settings(max_examples=300)
@given(st.integers(-(10**17), 10**17), st.integers(0, 8))
def test_a_decimal_has_the_token_of_its_number_with_any_scale(digits: int, scale: int) -> None:
    value = Decimal(digits).scaleb(-scale)
    expected = canonical_text(f"{value.normalize():f}")
    for places in (scale, scale + 1, scale + 5):
        assert canonical_text(f"{value:.{places}f}") == expected


@settings(max_examples=1000)
@given(TEXTS)
def test_what_is_respelled_is_the_same_number_once_and_for_all(text: str) -> None:
    token = canonical_text(text)
    assert canonical_token(text.encode()) == token.encode()
    assert canonical_text(token) == token
    if token == text:
        return
    assert text[0] in FIRST_CHARACTERS
    assert text[-1] in LAST_CHARACTERS
    if text.lower() in {"true", "false"}:
        assert token == text.lower()
    else:
        assert set(text) & set(MARKS)
        assert re.fullmatch(r"-?([0-9]+(\.[0-9]*[1-9])?|[1-9](\.[0-9]*[1-9])?e-[0-9]{2,})", token)
        assert float(token) == float(text)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("101.0", "101"),
        ("101.", "101."),
        ("-0", "0"),
        ("-0.0", "0"),
        (".5", "0.5"),
        ("-.50", "-0.5"),
        ("0.50", "0.5"),
        ("1e5", "1e5"),
        ("1E5", "1E5"),
        ("1e+05", "100000"),
        ("1.23E+05", "123000"),
        ("12e+05", "12e+05"),
        ("1.2345678901234568e+16", "12345678901234568"),
        ("1.2345678901234568e+18", "1234567890123456768"),
        ("1.23456785E7", "12345678.5"),
        ("1.0E-4", "0.0001"),
        ("1.0E-5", "1e-05"),
        ("0.000012", "1.2e-05"),
        ("1.0E400", "1.0E400"),
        ("9007199254740993", "9007199254740993"),
        ("9007199254740993.0", "9007199254740993"),
        ("06", "06"),
        ("06.0", "06.0"),
        ("007", "007"),
        ("+1.0", "+1.0"),
        (" 1.0", " 1.0"),
        ("1,0", "1,0"),
        ("1.2.0", "1.2.0"),
        ("3E21", "3E21"),
        ("٣.0", "٣.0"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("True", "true"),
        ("TRUE", "true"),
        ("tRUE", "tRUE"),
        ("T", "T"),
        ("False", "false"),
    ],
)
def test_spellings(text: str, token: str) -> None:
    assert canonical_text(text) == token
    assert canonical_token(text.encode()) == token.encode()


def test_bytes_that_are_not_utf_8_stay() -> None:
    assert canonical_token(b"1.0\xff") == b"1.0\xff"
    assert canonical_token(b"\xff1.0") == b"\xff1.0"


@settings(max_examples=200)
@given(TEXTS, st.sampled_from([",", ";"]))
def test_another_decimal_point_means_the_same_numbers(text: str, point: str) -> None:
    if point in text:
        return
    number, written = canonical_text(text), text.replace(".", point)
    token = canonical_text(written, point)
    assert canonical_token(written.encode(), point) == token.encode()
    assert canonical_text(token, point) == token
    is_number = number != text or canonical_text(f"{text}.0") == text or number in {"true", "false"}
    if "." not in text or number != text:
        assert token == (number if is_number else written)
    if "." in text:
        assert canonical_text(text, point) == text, "a point is no mark of numbers here"
