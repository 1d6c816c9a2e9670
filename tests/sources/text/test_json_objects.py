"""One line of JSON as an object: what is one, and what its numbers are."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from sources.text.json_objects import MOST_LEVELS, MinusZero, is_too_deep, json_object


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"null", "'null'"),
        (b"[{}]", r"'\[{}\]'"),
        (b"", "Expecting value"),
        (b"{} {}", "Extra data"),
        (b'{"a": [', "Expecting value"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested more than 512 levels deep"),
        (b"[" * 100_000, "nested more than 512 levels deep"),
        (b'{"a":' * 100_000, "nested more than 512 levels deep"),
        (b'{"a": --NaN}', "Expecting value"),
        (b'{"a": Infinit}', "Expecting"),
        (b'{"a": nan}', "Expecting value"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
    ],
)
def test_a_line_that_is_no_object_has_a_reason(line: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        json_object(line)


@pytest.mark.parametrize("inside", [b'"]]]]"', b'"[[[["', b'"\\"[["', b"1"])
def test_levels_are_counted_outside_of_strings(inside: bytes) -> None:
    levels = MOST_LEVELS - 1
    line = b'{"a": ' + b"[" * levels + inside + b"]" * levels + b"}"
    assert not is_too_deep(line)
    assert is_too_deep(line.replace(b"[" + inside, b"[[" + inside))
    assert json_object(line)["a"]
    assert not is_too_deep(b'{"a": "' + b"[" * 1000 + b'", "b": [' + b"[]," * 1000 + b"1]}")


def test_numbers_that_are_not_finite_are_numbers_and_text_that_reads_like_them_is_text() -> None:
    values = json_object(b'{"a": [Inf, -Inf, Infinity, -Infinity], "b": [NaN, -NaN], "c": "Inf, -NaN \\" Inf"}')
    assert values["a"] == [math.inf, -math.inf, math.inf, -math.inf]
    assert all(math.isnan(value) for value in values["b"])
    assert values["c"] == 'Inf, -NaN " Inf'


def test_whole_numbers_of_any_length_and_of_any_sign() -> None:
    values = json_object(b'{"zero": -0, "long": %s, "big": %s}' % (b"7" * 5000, b"7" * 400))
    assert isinstance(values["zero"], MinusZero)
    assert values["zero"] == 0
    assert math.copysign(1, float(values["zero"])) == -1
    assert values["long"] == Decimal("7" * 5000)
    assert values["big"] == int("7" * 400)


def test_keys_that_occur_twice() -> None:
    values = json_object(b'{"a": 1, "b": {"c": 1, "c": 2}, "\\u0061": 3, "d": 4}')
    assert values == {"a": 3, "b": {"c": 2}, "d": 4}
    assert values.twice == {"a"}
    assert values["b"].twice == {"c"}
