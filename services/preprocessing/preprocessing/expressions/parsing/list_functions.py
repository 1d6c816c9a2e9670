"""The functions of lists, each with its tree. The first operand is a column that has lists, with its separator."""

from __future__ import annotations

from contracts.expressions import AnyNode
from contracts.expressions.nodes.arithmetic import Sign
from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize
from preprocessing.expressions.parsing.functions import Builder, literal
from preprocessing.expressions.parsing.operands import Untyped


def _size(operand: AnyNode, separator: str) -> AnyNode:
    return ListSize(operand=operand, separator=separator)


def _element_at(operand: AnyNode, separator: str, position: Untyped) -> AnyNode:
    factor = 1
    if isinstance(position, Sign) and position.op == "negate":
        factor, position = -1, position.operand
    place = factor * literal("the position of element_at", position, int)
    return ListElement(operand=operand, separator=separator, position=place)


def _array_contains(operand: AnyNode, separator: str, token: Untyped) -> AnyNode:
    text = literal("the token of array_contains", token, str)
    return ListContains(operand=operand, separator=separator, token=text)


LISTS: dict[str, Builder] = {
    "size": _size,
    "cardinality": _size,
    "array_size": _size,
    "element_at": _element_at,
    "array_contains": _array_contains,
}
