from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "column", "name": "x", "type": "text"}, "text", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "literal", "type": "integer", "value": 2**63}, "64 bits"),
        ({"op": "literal", "type": "integer", "value": 1.5}, "must be one"),
        ({"op": "literal", "type": "boolean", "value": 1}, "must be one"),
        ({"op": "literal", "type": "double", "value": float("nan")}, "finite"),
        ({"op": "column", "name": "", "type": "text"}, "at least 1"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
