"""Functions of doubles, and rounding.

Of the functions only `sqrt` is rounded exactly. Logarithms are null at and below zero (`log1p`: at and below -1), as in Spark.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import OfOne, OfTwo, ResultType, expect, expect_exact

LARGEST_DIGITS = 15
LOGARITHMS = frozenset({"ln", "log10", "log2", "log1p"})


class DoubleFunction(OfOne):
    """A function of one double. Angles are in radians."""

    op: Literal["exp", "expm1", "ln", "log10", "log2", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan"]

    @property
    def result_type(self) -> ResultType:
        """Return double."""
        return "double"

    @property
    def is_exact(self) -> bool:
        """Return true for a square root of an exact number."""
        return self.op == "sqrt" and self.operand.is_exact

    @property
    def has_exact_nulls(self) -> bool:
        """Return false also for a logarithm of a number that is not exact."""
        return super().has_exact_nulls and (self.operand.is_exact or self.op not in LOGARITHMS)

    def check(self) -> None:
        """Raise `ValueError` for other than a double."""
        expect(self.op, self.operand, "double")


class DoubleFunctionOfTwo(OfTwo):
    """A function of two doubles: `power` (base, exponent) and `atan2` (y, x)."""

    op: Literal["power", "atan2"]

    @property
    def result_type(self) -> ResultType:
        """Return double."""
        return "double"

    @property
    def is_exact(self) -> bool:
        """Return false."""
        return False

    def check(self) -> None:
        """Raise `ValueError` for other than doubles."""
        for operand in self.operands:
            expect(self.op, operand, "double")


class WholePart(OfOne):
    """The next whole number below or above a double; null where that is no int64."""

    op: Literal["floor", "ceil"]

    @property
    def result_type(self) -> ResultType:
        """Return integer."""
        return "integer"

    def check(self) -> None:
        """Raise `ValueError` for other than an exact double."""
        expect(self.op, self.operand, "double")
        expect_exact(self.op, self.operand)


class Round(OfOne):
    """A double rounded to a number of decimals, halves away from zero, judged by its shortest decimal: 2.675 becomes 2.68."""

    op: Literal["round"] = "round"
    digits: Annotated[int, Field(ge=0, le=LARGEST_DIGITS)] = 0

    @property
    def result_type(self) -> ResultType:
        """Return double."""
        return "double"

    def check(self) -> None:
        """Raise `ValueError` for other than an exact double."""
        expect(self.op, self.operand, "double")
        expect_exact(self.op, self.operand)
