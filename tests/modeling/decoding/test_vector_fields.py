"""Vectors of requests as rows of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from contracts.features import TextRule
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_columns, read_rows

ELEMENTS = ["v[0]", "v[1]"]


def fields(**options: Any) -> Fields:
    return Fields(["v[1]", "x", "v[0]"], ["k"], ["-999"], vectors={"v": ELEMENTS}, **options)


def rows(values: list[Any], of: Fields | None = None) -> Any:
    """Elements of v in order, as rows and as columns give them."""
    known = of or fields()
    by_rows = read_rows([{"v": value} for value in values], known, "instances").numeric
    by_columns = read_columns({"v": values}, len(values), known, lambda name: name).numeric
    np.testing.assert_array_equal(by_rows, by_columns)
    assert np.isnan(by_rows[:, 1]).all()
    return by_rows[:, [2, 0]]


def test_lists_become_the_places_of_their_elements() -> None:
    expected = [[1, 2.5], [np.nan, 3], [np.nan, np.nan], [np.nan, 4], [np.nan, np.nan]]
    given = [[1, 2.5], [None, 3], None, [-999, 4], [10**400, float("inf")]]
    np.testing.assert_array_equal(
        np.where(np.isfinite(rows(given)), rows(given), np.nan), np.array(expected, np.float32)
    )


def test_arrays_of_any_number_are_taken() -> None:
    for kind in ("f4", "f8", "i4", "u1"):
        matrix = np.array([[1, 2], [3, 4]], kind)
        read = read_columns({"v": matrix}, 2, fields(), lambda name: name).numeric
        np.testing.assert_array_equal(read[:, [2, 0]], matrix.astype(np.float32))


def test_text_of_numbers_is_read_by_their_rule() -> None:
    priced = fields(text_rules={name: TextRule(prefix="$") for name in ELEMENTS})
    np.testing.assert_array_equal(rows([["$1", "$2.5"], [3, "$4"]], priced), [[1, 2.5], [3, 4]])


def test_rows_may_have_single_elements() -> None:
    given = [{"v": [1, 2]}, {"v[1]": 5}, {"v[0]": 7, "x": 1}, {}]
    read = read_rows(given, fields(), "instances").numeric
    np.testing.assert_array_equal(read, [[2, np.nan, 1], [5, np.nan, np.nan], [np.nan, 1, 7], [np.nan, np.nan, np.nan]])


def test_a_single_vector_takes_bare_lists() -> None:
    alone = Fields(ELEMENTS, [], [], vectors={"v": ELEMENTS})
    assert alone.only == "v"
    np.testing.assert_array_equal(read_rows([[1, 2], None], alone, "instances").numeric, [[1, 2], [np.nan, np.nan]])
    assert Fields([*ELEMENTS, "x"], [], [], vectors={"v": ELEMENTS}).only is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], "v: must be a list of 2 numbers, with null where one is missing. Received: a list of 1"),
        ([], "must be a list of 2 numbers"),
        (3, "v: must be a list of 2 numbers, or null where it is missing. Received: 3"),
        ({"b64": "AA=="}, "must be a list of 2 numbers"),
        ([1, "far"], 'v[1]: must be a number, or null where it is missing. Received: "far"'),
        ([True, 1], "v[0]: must be a number"),
        ([[1], [2]], "v[0]: must be a number"),
    ],
)
def test_anything_else_is_named(value: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_rows([{}, {"v": value}], fields(), "instances")
    assert str(caught.value).startswith("instances[1].v")
    assert message in str(caught.value)
    with pytest.raises(InvalidRequest) as caught:
        read_columns({"v": [None, value]}, 2, fields(), lambda name: f"inputs.{name}")
    assert str(caught.value).startswith("inputs.v[1]")


def test_a_vector_and_its_element_are_not_both_taken() -> None:
    with pytest.raises(InvalidRequest, match=r"instances\[0\]\.v\[1\]: is in 'v', too"):
        read_rows([{"v": [1, 2], "v[1]": 3}], fields(), "instances")
    with pytest.raises(InvalidRequest, match=r"v\[0\]: is in 'v', too"):
        read_columns({"v[0]": [1], "v": [[1, 2]]}, 1, fields(), lambda name: name)


def test_an_unknown_field_may_be_meant_for_a_vector() -> None:
    with pytest.raises(InvalidRequest, match="nearest known field is 'vector'"):
        read_rows([{"vectr": 1}], Fields(["vector[0]"], [], [], vectors={"vector": ["vector[0]"]}), "instances")
