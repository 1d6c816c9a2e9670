from __future__ import annotations

import pytest

from contracts.expressions.nodes.leaves import Column, Constant
from preprocessing.expressions.parsing.functions import NUMBERS_AND_CHOICES, literal

X = Column(name="x", type="double")
N = Column(name="n", type="integer")


def test_whole_numbers_are_whole_already() -> None:
    assert NUMBERS_AND_CHOICES["floor"](N) is N
    assert NUMBERS_AND_CHOICES["round"](N) is N


def test_a_literal_is_asked_for() -> None:
    assert literal("the pattern", Constant(type="text", value="a"), str) == "a"
    with pytest.raises(ValueError, match="the pattern is a text that is written"):
        literal("the pattern", X, str)


def test_nothing_with_null_alone_has_a_type() -> None:
    with pytest.raises(ValueError, match="no type"):
        NUMBERS_AND_CHOICES["abs"](None)
