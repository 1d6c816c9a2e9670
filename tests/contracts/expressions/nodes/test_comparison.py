from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import ONE, SIN, N, S, T, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "less", "left": T, "right": T}, "boolean", True),
        ({"op": "same", "left": S, "right": S}, "boolean", True),
        ({"op": "in", "value": X, "members": [ONE]}, "boolean", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "less", "left": S, "right": S}, "comparison of order"),
        ({"op": "equal", "left": X, "right": N}, "one type"),
        ({"op": "equal", "left": SIN, "right": X}, "last place"),
        ({"op": "in", "value": N, "members": [ONE]}, "one type"),
        ({"op": "in", "value": SIN, "members": [ONE]}, "last place"),
        ({"op": "in", "value": X, "members": []}, "at least 1"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
