from __future__ import annotations

from tests.contracts.expressions.trees import ONE, S, X, node

from contracts.expressions.nodes.node import depth, walk

TREE = node("divide", left={"op": "add", "left": X, "right": ONE}, right={"op": "cast", "operand": S, "to": "double"})


def test_a_walk_is_from_the_root_and_the_left() -> None:
    assert [below.op for below in walk(TREE)] == ["divide", "add", "column", "literal", "cast", "column"]


def test_depth() -> None:
    assert depth(TREE) == 3
