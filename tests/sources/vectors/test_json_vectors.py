"""Vectors of JSON objects."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.dataset.manifest import SourceFile, SourceRange
from sources.read_request import ReadRequest
from sources.vectors.json_vectors import spread_object

REQUEST = ReadRequest(
    SourceFile(uri="f", bytes=1, modified_ns=0),
    SourceRange(file=0, start=0, end=1),
    {"v[0]": "float64", "v[1]": "float64"},
    vectors={"v": ["v[0]", "v[1]"]},
)


@pytest.mark.parametrize("value", [[1, None], ["x", [2]]])
def test_elements_get_their_names(value: list[Any]) -> None:
    values: dict[str, Any] = {"v": value, "a": 1}
    assert spread_object(values, REQUEST) is None
    assert [values["v[0]"], values["v[1]"]] == value


@pytest.mark.parametrize("given", [{}, {"v": None}])
def test_a_missing_list_has_no_elements(given: dict[str, Any]) -> None:
    values = dict(given)
    assert spread_object(values, REQUEST) is None
    assert values == given


@pytest.mark.parametrize(
    ("value", "reason"), [([1], "a list of 1"), ("1,2", "'1,2' is no list"), (7, "'7' is no list")]
)
def test_anything_else_is_a_problem(value: Any, reason: str) -> None:
    problem = spread_object({"v": value}, REQUEST)
    assert problem is not None
    assert reason in problem.reason
