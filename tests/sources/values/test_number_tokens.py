"""One spelling of a number as a category: from decimals of every width and scale, floats, and the numbers of JSON."""

from __future__ import annotations

import json
from decimal import Context, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features.spelling import decimal_token
from sources.values.number_tokens import decimal_doubles, json_number_token, number_token, number_tokens

EXACT = Context(prec=100)
WIDTHS = {pa.decimal32: 9, pa.decimal64: 18, pa.decimal128: 38, pa.decimal256: 76}


@st.composite
def decimal_columns(draw: st.DrawFn) -> pa.Array:
    """A column of any decimal type, with nulls, whose values fill its precision or are small."""
    make = draw(st.sampled_from(list(WIDTHS)))
    precision = draw(st.integers(1, WIDTHS[make]))
    scale = draw(st.integers(0, precision))
    largest = 10**precision - 1
    unscaled = st.one_of(
        st.none(), st.integers(-largest, largest), st.integers(-9, 9).filter(lambda n: abs(n) <= largest)
    )
    values = draw(st.lists(unscaled, min_size=1, max_size=20))
    return pa.array([None if n is None else Decimal(n).scaleb(-scale, EXACT) for n in values], make(precision, scale))


@settings(max_examples=400)
@given(decimal_columns(), st.integers(0, 3))
def test_a_decimal_is_exact_as_a_token_and_the_nearest_double_as_a_number(column: pa.Array, offset: int) -> None:
    column = column.slice(offset)
    values = column.to_pylist()
    spelled, doubles = number_tokens(column), decimal_doubles(column)
    assert (spelled.type, doubles.type) == (pa.binary(), pa.float64())
    assert doubles.to_pylist() == [None if value is None else float(value) for value in values]
    for token, value in zip(spelled.to_pylist(), values, strict=True):
        assert token == (None if value is None else decimal_token(value))
        if value is not None:
            assert Decimal(token.decode()) == value
            assert b"." not in token or not token.partition(b"e")[0].endswith((b"0", b".")), "no zeros at the end"
            assert token != b"-0"


@settings(max_examples=400)
@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 22))
def test_a_decimal_that_a_double_can_hold_is_spelled_as_the_double(digits: int, scale: int) -> None:
    value = Decimal(digits).scaleb(-scale, EXACT)
    assert decimal_token(value) == number_token(float(value)) == number_token(np.float64(str(value)))


def test_a_decimal_of_negative_scale_is_whole() -> None:
    column = pa.array([Decimal("1E+3"), None, Decimal("-12E+3")], pa.decimal128(10, -3))
    assert number_tokens(column).to_pylist() == [b"1000", None, b"-12000"]
    assert decimal_doubles(column).to_pylist() == [1000.0, None, -12000.0]


@settings(max_examples=200)
@given(st.integers(-(2**64), 2**64), st.integers(0, 5))
def test_a_whole_number_is_spelled_as_the_integer(number: int, zeros: int) -> None:
    assert decimal_token(Decimal(f"{number}.{'0' * zeros}")) == b"%d" % number


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("5.00", "5"),
        ("90.21", "90.21"),
        ("100", "100"),
        ("-0.00", "0"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("-0.0000123400", "-1.234e-05"),
        ("1E-38", "1e-38"),
        ("1000000000000000000000.10", "1000000000000000000000.1"),
        ("12e307", "12" + "0" * 307),
        ("12.5e999", "1.25e+1000"),
    ],
)
def test_spellings(text: str, token: str) -> None:
    assert decimal_token(Decimal(text)) == token.encode()


@settings(max_examples=100)
@given(st.floats(width=32) | st.integers(-(10**6), 10**6).map(float))
def test_a_floats_token_is_that_float_again_in_its_own_width(value: float) -> None:
    token = number_token(np.float32(value))
    if not np.isfinite(value):
        assert token is None
    else:
        assert token is not None
        assert np.float32(float(token)) == np.float32(value)
        assert not token.endswith(b".0"), "a whole number has no point"


@settings(max_examples=300)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_written_as_json_keeps_its_token(value: float) -> None:
    assert json_number_token(json.dumps(value)) == number_token(value)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("5.00", b"5"),
        ("90.2100000000000001", b"90.2100000000000001"),
        ("1000000000000000001.0", b"1000000000000000001"),
        ("1.000000000000000001e18", b"1000000000000000001"),
        ("-0.0", b"0"),
        ("1e400", None),
        ("1e-99999999999999999999", b"0"),
        ("0e99999999999999999999", b"0"),
    ],
)
def test_numbers_of_json_have_all_their_digits(text: str, token: bytes | None) -> None:
    assert json_number_token(text) == token
