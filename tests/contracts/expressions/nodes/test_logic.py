from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import SIN, B, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "and", "terms": [B, B]}, "boolean", True),
        ({"op": "not", "operand": B}, "boolean", True),
        ({"op": "is_null", "operand": SIN}, "boolean", True),
        ({"op": "is_nan", "operand": X}, "boolean", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "or", "terms": [B]}, "at least 2"),
        ({"op": "and", "terms": [B, X]}, "AND takes boolean"),
        ({"op": "not", "operand": X}, "NOT takes boolean"),
        ({"op": "is_nan", "operand": SIN}, "last place"),
        ({"op": "is_null", "operand": {"op": "ln", "operand": SIN}}, "nulls do not depend"),
        ({"op": "is_null", "operand": {"op": "divide", "left": X, "right": SIN}}, "nulls do not depend"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
