from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import N, S, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "upper", "operand": S}, "text", True),
        ({"op": "length", "operand": S}, "integer", True),
        ({"op": "substring", "operand": S, "start": -2}, "text", True),
        ({"op": "concat", "parts": [S, S]}, "text", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "trim", "operand": N}, "trim takes text"),
        ({"op": "length", "operand": X}, "length takes text"),
        ({"op": "concat", "parts": [S, N]}, "concat takes text"),
        ({"op": "substring", "operand": S, "start": 2147483648}, "less than"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
