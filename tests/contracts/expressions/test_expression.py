from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.expressions import NODES, Expression, ops_of

X = {"op": "column", "name": "x", "type": "double"}
N = {"op": "column", "name": "n", "type": "integer"}
S = {"op": "column", "name": "s", "type": "text"}
T = {"op": "column", "name": "t", "type": "instant"}
ONE = {"op": "literal", "type": "double", "value": 1.0}


def expression(root: dict[str, Any]) -> Expression:
    return Expression.model_validate_json(json.dumps({"root": root}))


def test_an_expression_survives_json() -> None:
    ratio = expression({"op": "divide", "left": X, "right": ONE})
    assert Expression.model_validate_json(ratio.model_dump_json()) == ratio
    assert ratio.columns() == {"x": "double"}
    assert ratio.result_type == "double"


def test_each_operation_is_of_one_node() -> None:
    ops = [op for node in NODES for op in ops_of(node)]
    assert len(ops) == len(set(ops)) > 70


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ({"op": "sinh", "operand": X}, "'sinh' found using 'op' does not match"),
        (ONE, "at least one column"),
        ({"op": "year", "operand": T}, "time zone"),
        ({"op": "add", "left": X, "right": {**X, "name": "n", "type": "integer"}}, "values of one type"),
        ({"op": "equal", "left": {"op": "sin", "operand": X}, "right": ONE}, "last place"),
        ({"op": "floor", "operand": {"op": "exp", "operand": X}}, "last place"),
        (
            {"op": "is_null", "operand": {"op": "divide", "left": ONE, "right": {"op": "sin", "operand": X}}},
            "nulls do not depend",
        ),
        ({"op": "less", "left": S, "right": S}, "comparison of order"),
        ({"op": "cast", "operand": X, "to": "text"}, "text of a double differs"),
        (
            {"op": "cast", "operand": {"op": "signum", "operand": {"op": "ln", "operand": X}}, "to": "boolean"},
            "last place",
        ),
        ({"op": "and", "terms": [X, X]}, "AND takes boolean"),
        ({"op": "literal", "type": "integer", "value": 2**63}, "64 bits"),
        ({"op": "literal", "type": "integer", "value": 1.5}, "must be one"),
        ({"op": "length", "operand": N}, "length takes text"),
        ({"op": "regexp_replace", "operand": S, "pattern": "a*", "replacement": ""}, "at least one character"),
        ({"op": "regexp_extract", "operand": S, "pattern": "a", "group": 1}, "0 groups"),
        ({"op": "like", "operand": S, "pattern": "a\\b"}, "backslash in LIKE"),
        ({"op": "hour", "operand": X}, "hour takes instant"),
        ({"op": "case", "branches": [{"condition": X, "value": X}], "otherwise": X}, "condition of CASE takes boolean"),
    ],
    ids=lambda value: value["op"] if isinstance(value, dict) else None,
)
def test_trees_that_do_not_fit_are_refused(root: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expression(root)


def test_deep_and_large_trees_are_refused() -> None:
    deep: dict[str, Any] = X
    for _ in range(50):
        deep = {"op": "negate", "operand": deep}
    with pytest.raises(ValueError, match="at most 50 operations deep"):
        expression(deep)
    with pytest.raises(ValueError, match="at most 1000 operations"):
        expression({"op": "coalesce", "values": [X] * 1000})


def test_a_column_has_one_type() -> None:
    with pytest.raises(ValueError, match="one type"):
        expression(
            {"op": "coalesce", "values": [X, {"op": "cast", "operand": {**X, "type": "integer"}, "to": "double"}]}
        )


def test_rounded_functions_are_exact_and_others_are_not() -> None:
    assert expression({"op": "sqrt", "operand": X}).is_exact
    assert not expression({"op": "multiply", "left": {"op": "sin", "operand": X}, "right": ONE}).is_exact
