"""The base of every node: its operands, the type of its result, and whether that is the same to the last bit everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ModelWrapValidatorHandler, model_validator

from contracts.base_model import FrozenModel

if TYPE_CHECKING:
    from contracts.expressions.nodes.any_node import AnyNode

ResultType = Literal["double", "integer", "boolean", "text", "instant"]
"""float64, int64, boolean, bytes that are UTF-8 as a rule, and int64 microseconds since 1970 in UTC."""

NUMBERS: tuple[ResultType, ...] = ("double", "integer")
WHOLE: tuple[ResultType, ...] = ("integer", "instant")


class Node(FrozenModel):
    """An operation of one row. Each value is null or of the node's type."""

    @property
    def result_type(self) -> ResultType:
        """Return the type of the result."""
        raise NotImplementedError

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the nodes that this one reads, in order. By default none."""
        return ()

    @property
    def is_exact(self) -> bool:
        """Return true if the kernel and the graph agree to the last bit. By default: if they do on all operands."""
        return all(operand.is_exact for operand in self.operands)

    @property
    def has_exact_nulls(self) -> bool:
        """Return true if the last place of a number does not decide whether the result is null. By default: nor in an operand."""
        return all(operand.has_exact_nulls for operand in self.operands)

    def check(self) -> None:
        """Raise `ValueError` if the operands do not fit. By default all do."""

    @model_validator(mode="wrap")
    @classmethod
    def _checked(cls, data: Any, build: ModelWrapValidatorHandler[Node]) -> Node:
        node = build(data)
        node.check()
        return node


class OfOne(Node):
    """An operation on one operand."""

    operand: AnyNode

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the operand."""
        return (self.operand,)


class OfTwo(Node):
    """An operation on two operands."""

    left: AnyNode
    right: AnyNode

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return both operands."""
        return (self.left, self.right)


def expect(place: str, operand: AnyNode, *types: ResultType) -> None:
    """Raise `ValueError` if the operand has none of the types. `place`: the name of the operation, for the message."""
    if operand.result_type not in types:
        wanted = " or ".join(types)
        raise ValueError(f"{place} takes {wanted}. Received: {operand.result_type}")


def expect_alike(place: str, operands: Iterable[AnyNode]) -> None:
    """Raise `ValueError` if the operands are of several types."""
    types = sorted({operand.result_type for operand in operands})
    if len(types) > 1:
        raise ValueError(f"{place} takes values of one type. Received: {' and '.join(types)}")


def expect_exact(place: str, *operands: AnyNode) -> None:
    """Raise `ValueError` if an operand may differ in its last place between Spark's tasks and the graph."""
    if not all(operand.is_exact for operand in operands):
        raise ValueError(
            f"{place} takes numbers that are exact. Received: a result of exp, log, sin or another function whose last "
            "place depends on the processor, so that training and serving could decide differently"
        )


def expect_exact_nulls(place: str, *operands: AnyNode) -> None:
    """Raise `ValueError` if an operand is null or not by the last place of a number, as a quotient by sin(x) is."""
    if not all(operand.has_exact_nulls for operand in operands):
        raise ValueError(
            f"{place} takes values whose nulls do not depend on the processor. Received: a logarithm of, or a quotient by, a "
            "number whose last place depends on it"
        )


def walk(node: AnyNode) -> Iterator[AnyNode]:
    """Yield the node and all below it, those of the left first."""
    yield node
    for operand in node.operands:
        yield from walk(operand)


def depth(node: AnyNode) -> int:
    """Return the number of nodes on the longest way down."""
    return 1 + max((depth(operand) for operand in node.operands), default=0)
