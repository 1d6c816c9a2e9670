"""Three-valued logic: false AND null is false, true OR null is true; and tests for null and NaN, which are never null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import Node, OfOne, ResultType, expect, expect_exact, expect_exact_nulls

if TYPE_CHECKING:
    from contracts.expressions.nodes.any_node import AnyNode


class Connective(Node):
    """All (`and`) or any (`or`) of some booleans."""

    op: Literal["and", "or"]
    terms: Annotated[list[AnyNode], Field(min_length=2)]

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return the terms."""
        return tuple(self.terms)

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for other than booleans."""
        for term in self.terms:
            expect(self.op.upper(), term, "boolean")


class Not(OfOne):
    """The other boolean; null stays null."""

    op: Literal["not"] = "not"

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for other than a boolean."""
        expect("NOT", self.operand, "boolean")


class IsNull(OfOne):
    """True for null. NaN is a value here; a NaN that a source has is null already."""

    op: Literal["is_null"] = "is_null"

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    @property
    def is_exact(self) -> bool:
        """Return true."""
        return True

    def check(self) -> None:
        """Raise `ValueError` if the last place of a number decides."""
        expect_exact_nulls("IS NULL", self.operand)


class IsNaN(OfOne):
    """True for NaN; false for null, as in Spark."""

    op: Literal["is_nan"] = "is_nan"

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"

    def check(self) -> None:
        """Raise `ValueError` for other than a double."""
        expect("isnan", self.operand, "double")
        expect_exact("isnan", self.operand)
