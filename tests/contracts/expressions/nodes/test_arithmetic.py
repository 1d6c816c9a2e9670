from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import SIN, N, S, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "add", "left": N, "right": N}, "integer", True),
        ({"op": "divide", "left": SIN, "right": X}, "double", False),
        ({"op": "absolute", "operand": N}, "integer", True),
        ({"op": "signum", "operand": X}, "double", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "add", "left": X, "right": N}, "values of one type"),
        ({"op": "divide", "left": N, "right": N}, "divide takes double"),
        ({"op": "quotient", "left": X, "right": X}, "quotient takes integer"),
        ({"op": "remainder", "left": SIN, "right": X}, "last place"),
        ({"op": "signum", "operand": SIN}, "last place"),
        ({"op": "negate", "operand": S}, "negate takes"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
