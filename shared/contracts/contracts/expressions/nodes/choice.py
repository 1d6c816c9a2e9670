"""Choices among values of one type: by conditions, by presence, by size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from contracts.base_model import FrozenModel
from contracts.expressions.nodes.node import NUMBERS, Node, ResultType, expect, expect_alike, expect_exact_nulls

if TYPE_CHECKING:
    from contracts.expressions.nodes.any_node import AnyNode


class Branch(FrozenModel):
    """A value, and the condition under which it is the result."""

    condition: AnyNode
    value: AnyNode


class Case(Node):
    """The value of the first branch whose condition is true, neither false nor null; else `otherwise`."""

    op: Literal["case"] = "case"
    branches: Annotated[list[Branch], Field(min_length=1)]
    otherwise: AnyNode

    @property
    def values(self) -> tuple[AnyNode, ...]:
        """Return the values that may be the result."""
        return (*(branch.value for branch in self.branches), self.otherwise)

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the conditions, then the values."""
        return (*(branch.condition for branch in self.branches), *self.values)

    @property
    def result_type(self) -> ResultType:
        """Return the type of the values."""
        return self.otherwise.result_type

    def check(self) -> None:
        """Raise `ValueError` for conditions that are no booleans, and for values of several types."""
        for branch in self.branches:
            expect("the condition of CASE", branch.condition, "boolean")
        expect_alike("CASE", self.values)


class Coalesce(Node):
    """The first of some values that is not null. NaN is a value."""

    op: Literal["coalesce"] = "coalesce"
    values: Annotated[list[AnyNode], Field(min_length=1)]

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the values."""
        return tuple(self.values)

    @property
    def result_type(self) -> ResultType:
        """Return the type of the values."""
        return self.values[0].result_type

    def check(self) -> None:
        """Raise `ValueError` for values of several types."""
        expect_alike("coalesce", self.values)
        expect_exact_nulls("coalesce", *self.values[:-1])


class Extreme(Node):
    """The least or greatest of some numbers; null only if all are. NaN is above all numbers; of equals, the first counts."""

    op: Literal["least", "greatest"]
    values: Annotated[list[AnyNode], Field(min_length=2)]

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the values."""
        return tuple(self.values)

    @property
    def result_type(self) -> ResultType:
        """Return the type of the values."""
        return self.values[0].result_type

    def check(self) -> None:
        """Raise `ValueError` for values of several types, or without an order."""
        for value in self.values:
            expect(self.op, value, *NUMBERS, "instant")
        expect_alike(self.op, self.values)
        expect_exact_nulls(self.op, *self.values)
