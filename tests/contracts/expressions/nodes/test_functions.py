from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import SIN, N, S, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "sqrt", "operand": X}, "double", True),
        ({"op": "exp", "operand": X}, "double", False),
        ({"op": "power", "left": X, "right": X}, "double", False),
        ({"op": "floor", "operand": X}, "integer", True),
        ({"op": "round", "operand": X, "digits": 2}, "double", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "exp", "operand": N}, "exp takes double"),
        ({"op": "floor", "operand": SIN}, "last place"),
        ({"op": "round", "operand": SIN}, "last place"),
        ({"op": "round", "operand": X, "digits": 16}, "less than or equal to 15"),
        ({"op": "atan2", "left": X, "right": S}, "atan2 takes double"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
