from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import LN, SIN, B, N, S, T, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "case", "branches": [{"condition": B, "value": SIN}], "otherwise": X}, "double", False),
        ({"op": "coalesce", "values": [LN, X]}, "double", False),
        ({"op": "least", "values": [T, T]}, "instant", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "case", "branches": [{"condition": X, "value": X}], "otherwise": X}, "condition of CASE"),
        ({"op": "case", "branches": [{"condition": B, "value": N}], "otherwise": X}, "one type"),
        ({"op": "coalesce", "values": [X, N]}, "one type"),
        ({"op": "greatest", "values": [S, S]}, "greatest takes"),
        ({"op": "coalesce", "values": [{"op": "ln", "operand": SIN}, X]}, "nulls do not depend"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
