from __future__ import annotations

import pytest

from contracts.expressions.nodes.casts import Cast
from contracts.expressions.nodes.leaves import Column, Constant
from preprocessing.expressions.parsing.operands import alike, as_text, as_type, common_type

X, N, S = Column(name="x", type="double"), Column(name="n", type="integer"), Column(name="s", type="text")


def test_whole_numbers_become_doubles_next_to_doubles_and_null_takes_the_type() -> None:
    assert alike("+", [X, N, None]) == [X, Cast(operand=N, to="double"), Constant(type="double", value=None)]
    assert as_type(Constant(type="integer", value=2), "double") == Constant(type="double", value=2.0)


def test_text_of_whole_numbers() -> None:
    assert as_text(N) == Cast(operand=N, to="text")
    assert as_text(S) is S


def test_no_common_type() -> None:
    with pytest.raises(ValueError, match="integer and text; cast one"):
        common_type("CASE", [N, S])
    with pytest.raises(ValueError, match="only NULL"):
        common_type("CASE", [None])
