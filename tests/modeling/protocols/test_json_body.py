"""Bodies of JSON: what is read, what is refused and with which words, and what is written."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidRequest
from modeling.protocols.json_body import check_names, parse, parse_object, render

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
).filter(lambda value: not isinstance(value, str) or value.isprintable())
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc日", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(value=JSON)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert parse(render(value)) == value
    assert parse(json.dumps(value).encode()) == value


def test_numbers_that_are_not_finite_are_read_and_written_as_null() -> None:
    document = parse(b'{"a": [NaN, Infinity, -Infinity]}')
    assert isinstance(document, dict)
    assert [math.isnan(document["a"][0]), *document["a"][1:]] == [True, math.inf, -math.inf]
    assert render(document) == b'{"a":[null,null,null]}'
    assert render({"a": float(np.float32(0.1))}) == b'{"a":0.10000000149011612}'


def test_whole_numbers_of_any_length_stay_whole() -> None:
    assert parse(b"[%d]" % 10**100) == [10**100]
    assert parse(b"[1, 1.0]") == [1, 1.0]
    assert [type(value) for value in parse(b"[1, 1.0]")] == [int, float]  # pyright: ignore[reportGeneralTypeIssues]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1,]",
        b"{} {}",
        b"nan",
        b"'a'",
        b'"\xff"',
        b'"\\ud800"',
        b'"\\ud800\\u0041"',
        b"[" * 202 + b"]" * 202,
        b"\xef\xbb\xbf{}",
        b" ",
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"^the body is not JSON: "):
        parse(body)


def test_nesting_is_read_up_to_200_levels() -> None:
    body = b"[" * 200 + b"]" * 200
    assert json.dumps(parse(body)).encode() == body


def test_an_empty_body_is_told_so() -> None:
    with pytest.raises(InvalidRequest, match=r"^the body is empty; it must be JSON$"):
        parse(b"")
    with pytest.raises(InvalidRequest, match=r"^the body is empty; it must be a JSON object with instances$"):
        parse_object(b"", "instances")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "the body: has the name 'a' twice"),
        (b'{"instances": [{}, {"km": 1, "km": 1}]}', "instances[1]: has the name 'km' twice"),
        (b'{"a": {"b": [[{"c": 1, "\\u0063": 2}]]}}', "a.b[0][0]: has the name 'c' twice"),
        (b'[{"x": {"": 1, "": 2}}]', "[0].x: has the name '' twice"),
        (b'{"%s": 1, "%s": 1}' % (b"n" * 100, b"n" * 100), f"the body: has the name '{'n' * 60}' twice"),
        (b'{"x": {"y": 1}, "x": {"z": 1, "z": 2}}', "the body: has the name 'x' twice"),
    ],
)
def test_a_name_twice_is_refused_with_its_place(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(body)
    assert caught.value.message == message


def test_a_name_twice_before_what_is_no_json() -> None:
    with pytest.raises(InvalidRequest, match=r"^the body has a name twice: "):
        parse(b'{"a": 1, "a": 2, ]')


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"7"])
def test_a_body_that_must_be_an_object(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_object(body, "instances or inputs")
    assert caught.value.message == (
        f"the body must be a JSON object with instances or inputs. Received: {body.decode()}"
    )
    assert parse_object(b'{"x": 1}', "x") == {"x": 1}


def test_the_first_unknown_name_is_refused() -> None:
    check_names({}, {"inputs"})
    check_names({"inputs": 1}, {"inputs", "instances"})
    with pytest.raises(InvalidRequest, match=r"^unknown field 'a'; the body may hold inputs, instances$"):
        check_names({"b": 1, "a": 2, "inputs": 3}, {"instances", "inputs"})
    with pytest.raises(InvalidRequest, match=f"^unknown field '{'x' * 60}';"):
        check_names({"x" * 1000: 1}, {"inputs"})
