"""Rows and columns of a body become the same raw values, and every error names row and field."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidRequest
from contracts.features import Many
from contracts.schema import Categorical, Hashed, Label, Schema
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import float32, read_columns, read_rows, row_count
from modeling.feature_kinds.raw_values import RawValues

FIELDS = Fields(["km", "delay"], ["carrier"], ["NA"], {"delay": ["none"]}, respelled=["carrier"])
NULLS = Fields(["km", "delay"], ["carrier"], ["NA", "-999"])
NUMBERS = st.one_of(
    st.none(), st.floats(), st.integers(), st.sampled_from(["", "NA", -999, -999.0, 10**400, 1e39, 2**53 + 1])
)
TOKENS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "NA", "UA", "日本", {"b64": "/wA="}, "101.0", "True", "06"]),
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={"km": NUMBERS, "delay": NUMBERS, "carrier": TOKENS}), min_size=1, max_size=5
)


def column(name: str) -> str:
    return f"inputs.{name}"


def assert_same(one: RawValues, other: RawValues) -> None:
    np.testing.assert_array_equal(one.numeric, other.numeric)
    assert one.numeric.dtype == other.numeric.dtype == np.float32
    assert one.tokens.tolist() == other.tokens.tolist()


def test_a_row_puts_each_value_into_its_column() -> None:
    values = read_rows([{"carrier": "UA", "delay": 3, "km": 1.5}, {"km": None}], FIELDS, "instances")
    np.testing.assert_array_equal(values.numeric, np.array([[1.5, 3], [np.nan, np.nan]], np.float32))
    assert values.tokens.tolist() == [[b"UA"], [b""]]


@settings(max_examples=60)
@given(rows=ROWS, fields=st.sampled_from([FIELDS, NULLS]))
def test_rows_and_columns_of_the_same_values_are_the_same(rows: list[dict[str, Any]], fields: Fields) -> None:
    columns = {name: [row.get(name) for row in rows] for name in ("delay", "carrier", "km")}
    assert_same(read_rows(rows, fields, "instances"), read_columns(columns, len(rows), fields, column))


@settings(max_examples=30)
@given(values=st.lists(st.floats(), min_size=1), kind=st.sampled_from([np.float64, np.float32]))
def test_an_array_of_numbers_is_read_as_the_list_is(values: list[float], kind: Any) -> None:
    with np.errstate(over="ignore"):
        array = np.array(values, kind)
    of_array = read_columns({"km": array}, len(values), FIELDS, column)
    assert_same(of_array, read_columns({"km": array.tolist()}, len(values), FIELDS, column))


def test_a_column_that_is_absent_is_missing_in_every_row() -> None:
    values = read_columns({"carrier": ["UA", "AA"]}, 2, FIELDS, column)
    assert np.isnan(values.numeric).all()
    assert values.tokens.tolist() == [[b"UA"], [b"AA"]]


def test_null_tokens_of_the_dataset_and_of_one_number() -> None:
    values = read_rows([{"km": "NA", "delay": "none", "carrier": "NA"}], FIELDS, "instances")
    assert np.isnan(values.numeric).all()
    assert values.tokens.tolist() == [[b"NA"]], "the graph knows the null tokens of text"
    with pytest.raises(InvalidRequest, match=r'^instances\[0\]\.km: must be a number, .* Received: "none"$'):
        read_rows([{"km": "none"}], FIELDS, "instances")


def test_a_model_of_one_field_takes_bare_values() -> None:
    one = Fields(["km"], [], [])
    expected = np.array([[1], [np.nan], [2]], np.float32)
    np.testing.assert_array_equal(read_rows([1, None, {"km": 2}], one, "instances").numeric, expected)
    tokens = read_rows(["UA", {"b64": "/w=="}, {"word": "x"}], Fields([], ["word"], []), "instances").tokens
    assert tokens.tolist() == [[b"UA"], [b"\xff"], [b"x"]]
    named_b64 = read_rows([{"b64": "UA"}], Fields([], ["b64"], []), "instances").tokens
    assert named_b64.tolist() == [[b"UA"]], "a field of that name is no base64"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, r"^instances must be a list of rows\. Received: \{\}$"),
        ([], r"^instances must hold at least one row\. Received: \[\]$"),
        ([{}, 5], r"^instances\[1\]: must be an object of fields\. Received: 5$"),
        ([{}, {"km": True}], r"^instances\[1\]\.km: must be a number, or null where it is missing\. Received: true$"),
        ([{"carrier": [1.5]}], r"^instances\[0\]\.carrier: must be text, a number"),
        ([{"kms": 1}], r"^instances\[0\]: unknown field 'kms'; the nearest known field is 'km'$"),
        ([{"kms": None}], r"^instances\[0\]: unknown field 'kms'"),
    ],
)
def test_errors_of_rows_name_row_and_field(rows: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read_rows(rows, FIELDS, "instances")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"km": [1, "x"]}, r'^inputs\.km\[1\]: must be a number.*Received: "x"$'),
        ({"km": [True, 1]}, r"^inputs\.km\[0\]: must be a number"),
        ({"carrier": ["UA", {}]}, r"^inputs\.carrier\[1\]: must be text"),
        ({"carrier": ["UA", []]}, r"^inputs\.carrier\[1\]: must be text"),
        ({"kms": [1, 2]}, r"^inputs\.kms: unknown field 'kms'"),
        ({"x" * 1000: [1, 2]}, r"^inputs\.x{60}: unknown field 'x{60}'"),
    ],
)
def test_errors_of_columns_name_field_and_row(columns: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read_columns(columns, 2, FIELDS, column)


def test_columns_must_be_of_one_length() -> None:
    assert row_count({"km": [1, 2], "carrier": np.array(["a", "b"], object)}, column) == 2
    for nothing in ({}, {"km": []}):
        with pytest.raises(InvalidRequest, match="at least one column of at least one row"):
            row_count(nothing, column)
    with pytest.raises(InvalidRequest, match=r"^inputs\.delay: must have 2 values, as 'km' has\. Received: 3$"):
        row_count({"km": [1, 2], "delay": [1, 2, 3]}, column)


def test_numbers_are_rounded_by_way_of_doubles_and_too_large_ones_are_infinite() -> None:
    assert float32([0.1, 1e39, -1e39, 2**53 + 1], 4).tolist() == [
        float(np.float32(0.1)),
        math.inf,
        -math.inf,
        float(np.float32(2.0**53)),
    ]
    assert float32([], 0, 3).shape == (0, 3)


LISTS = Fields.of(
    Schema(
        features={
            "words": Categorical(many=Many(max=3)),
            "shop": Categorical(),
            "codes": Hashed(buckets=9, fold_case=True, many=Many(separator=", ")),
        },
        label=Label(column="y"),
    )
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["a", "b"], b"a|b"),
        ("a|b", b"a|b"),
        ([], b"[]"),
        (None, b""),
        ([None], b"|"),
        ([1, 2.0, True], b"1|2|true"),
        ([{"b64": "/w=="}, "a"], b"\xff|a"),
        ("a|b|c|", b"a|b|c|"),
    ],
)
def test_lists_become_their_text_in_rows_and_columns(value: object, text: bytes) -> None:
    row = read_rows([{"words": value, "codes": ["A", "b"]}], LISTS, "instances")
    column = read_columns({"words": [value], "codes": ["A, b"]}, 1, LISTS, str)
    for values in (row, column):
        tokens = [token.encode() if isinstance(token, str) else token for token in values.tokens[0]]
        assert tokens == [text, b"", b"a, b"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"words": ["a", "b", "c", "d"]}, r"instances\[1\]\.words: must have at most 3 tokens\. Received: 4"),
        ({"words": "a|b|c|d"}, r"instances\[1\]\.words: must have at most 3 tokens\. Received: 4"),
        ({"words": ["a|b"]}, r"instances\[1\]\.words: no token of a list may hold '\|', the separator of the dataset"),
        ({"words": [["a"]]}, r"instances\[1\]\.words: must be a list of tokens, not of lists"),
        ({"words": [{"a": 1}]}, r"instances\[1\]\.words: must be a list of tokens, their text"),
        ({"shop": ["a"]}, r"instances\[1\]\.shop: must be text, a number, true, false"),
    ],
)
def test_what_is_no_such_list_names_row_and_field(row: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read_rows([{}, row], LISTS, "instances")
    (name,) = row
    with pytest.raises(InvalidRequest, match=message.split(r"\.", 1)[1].split(": ", 1)[1]):
        read_columns({name: [None, row[name]]}, 2, LISTS, str)
