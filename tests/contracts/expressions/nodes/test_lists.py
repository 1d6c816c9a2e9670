from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.contracts.expressions.trees import N, S, node


def test_a_count_is_whole_and_the_others_are_doubles() -> None:
    assert node("list_count", operand=S, separator="|").result_type == "integer"
    assert node("list_mean", operand=S, separator="|").result_type == "double"
    assert node("list_sum", operand=S, separator="|").is_exact


@pytest.mark.parametrize("parts", [{"operand": N, "separator": "|"}, {"operand": S, "separator": ""}, {"operand": S}])
def test_it_takes_text_and_a_separator(parts: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        node("list_sum", **parts)
