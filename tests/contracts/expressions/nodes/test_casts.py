from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import SIN, B, N, S, T, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "cast", "operand": N, "to": "text"}, "text", True),
        ({"op": "cast", "operand": N, "to": "integer", "bits": 32}, "integer", True),
        ({"op": "cast", "operand": S, "to": "double"}, "double", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "cast", "operand": X, "to": "text"}, "text of a double differs"),
        ({"op": "cast", "operand": SIN, "to": "integer"}, "last place"),
        ({"op": "cast", "operand": T, "to": "integer"}, "unix_seconds"),
        ({"op": "cast", "operand": S, "to": "instant"}, "parsed where it is read"),
        ({"op": "cast", "operand": B, "to": "instant"}, "boolean cannot be cast to instant"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
