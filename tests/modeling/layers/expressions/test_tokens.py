from __future__ import annotations

from tests.expression_cases import CASES, as_written
from tests.modeling.layers.expressions.graphs import results


def test_results() -> None:
    assert results(CASES["tokens"]) == {text: as_written(expected) for text, _, expected in CASES["tokens"]}
