from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.expressions.trees import N, S, T, X, node


@pytest.mark.parametrize(
    ("tree", "result_type", "is_exact"),
    [
        ({"op": "hour", "operand": T}, "integer", True),
        ({"op": "date_trunc", "unit": "day", "operand": T}, "instant", True),
        ({"op": "datediff", "start": T, "end": T}, "integer", True),
        ({"op": "unix_seconds", "operand": T}, "integer", True),
        ({"op": "timestamp_millis", "operand": {"op": "length", "operand": S}}, "instant", True),
    ],
)
def test_the_type_of_the_result(tree: dict[str, Any], result_type: str, is_exact: bool) -> None:
    built = node(**tree)
    assert (built.result_type, built.is_exact) == (result_type, is_exact)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"op": "hour", "operand": N}, "hour takes instant"),
        ({"op": "date_trunc", "unit": "eon", "operand": T}, "eon"),
        ({"op": "datediff", "start": T, "end": N}, "takes instant"),
        ({"op": "unix_millis", "operand": X}, "takes instant"),
        ({"op": "timestamp_seconds", "operand": X}, "takes integer"),
    ],
)
def test_operands_that_do_not_fit_are_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(**tree)
