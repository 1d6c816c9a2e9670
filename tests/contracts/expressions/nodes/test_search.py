from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import N, S, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "contains", "operand": S, "part": ""}, "boolean", True),
        ({"op": "replace", "operand": S, "part": "a", "replacement": ""}, "text", True),
        ({"op": "like", "operand": S, "pattern": "a%"}, "boolean", True),
        ({"op": "regexp_extract", "operand": S, "pattern": "(a)"}, "text", True),
        ({"op": "regexp_replace", "operand": S, "pattern": "(a)", "replacement": "$1"}, "text", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "rlike", "operand": N, "pattern": "a"}, "takes text"),
        ({"op": "rlike", "operand": S, "pattern": "(?i)a"}, "flags"),
        ({"op": "like", "operand": S, "pattern": "\\a"}, "backslash in LIKE"),
        ({"op": "regexp_extract", "operand": S, "pattern": "a"}, "0 groups"),
        ({"op": "regexp_replace", "operand": S, "pattern": "a*", "replacement": ""}, "at least one character"),
        ({"op": "regexp_replace", "operand": S, "pattern": "a", "replacement": "$1"}, "0 groups"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
