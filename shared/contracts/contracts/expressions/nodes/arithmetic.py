"""Arithmetic. Whole numbers that leave int64 are null; doubles follow IEEE 754, except that subnormal results are zero."""

from __future__ import annotations

from typing import Literal

from contracts.expressions.nodes.node import NUMBERS, OfOne, OfTwo, ResultType, expect, expect_alike, expect_exact


class Arithmetic(OfTwo):
    """Two numbers of one type. Division by zero is null; `divide` is of doubles, `quotient` of whole numbers.

    `quotient` and `remainder` round towards zero, so the remainder has the sign of the dividend.
    """

    op: Literal["add", "subtract", "multiply", "divide", "quotient", "remainder"]

    @property
    def result_type(self) -> ResultType:
        """Return the type of the operands."""
        return self.left.result_type

    @property
    def has_exact_nulls(self) -> bool:
        """Return false also for a quotient by a number that is not exact."""
        return super().has_exact_nulls and (self.op != "divide" or self.right.is_exact)

    def check(self) -> None:
        """Raise `ValueError` for operands of two types, and for a remainder of numbers that are not exact."""
        allowed: dict[str, tuple[ResultType, ...]] = {"divide": ("double",), "quotient": ("integer",)}
        for operand in self.operands:
            expect(self.op, operand, *allowed.get(self.op, NUMBERS))
        expect_alike(self.op, self.operands)
        if self.op == "remainder":
            expect_exact("the remainder (%)", *self.operands)


class Sign(OfOne):
    """A number with another sign: -x, |x|, or the sign itself, -1, 0 or 1, as a double."""

    op: Literal["negate", "absolute", "signum"]

    @property
    def result_type(self) -> ResultType:
        """Return the type of the operand."""
        return self.operand.result_type

    def check(self) -> None:
        """Raise `ValueError` for other than numbers, and for the sign of a number that is not exact."""
        if self.op == "signum":
            expect(self.op, self.operand, "double")
            expect_exact(self.op, self.operand)
        expect(self.op, self.operand, *NUMBERS)
