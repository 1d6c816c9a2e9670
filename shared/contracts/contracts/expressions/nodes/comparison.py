"""Comparisons. Null on either side is null, except with `same`. NaN equals itself and is above all numbers, as in Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.leaves import Constant
from contracts.expressions.nodes.node import NUMBERS, Node, OfTwo, ResultType, expect, expect_alike, expect_exact

if TYPE_CHECKING:
    from contracts.expressions.nodes.any_node import AnyNode


class Comparison(OfTwo):
    """Two values of one type. `same` is `<=>`: true for two nulls, false for one. -0.0 equals 0.0.

    Texts and booleans have an equality and no order.
    """

    op: Literal["equal", "same", "less", "less_equal"]

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for two types, for an order of texts or booleans, and for numbers that are not exact."""
        expect_alike("a comparison", self.operands)
        expect_exact("a comparison", *self.operands)
        if self.op in {"less", "less_equal"}:
            expect("a comparison of order (<, >, BETWEEN)", self.left, *NUMBERS, "instant")


class Membership(Node):
    """True if the value equals a literal of a list; null if it does not and the list has a null, or if it is null itself."""

    op: Literal["in"] = "in"
    value: AnyNode
    members: Annotated[list[Constant], Field(min_length=1, max_length=1000)]

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the value; members are no nodes of their own."""
        return (self.value,)

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for members of another type, and for a value that is not exact."""
        expect_alike("IN", (self.value, *self.members))
        expect_exact("IN", self.value)
