"""Statistics of lists of numbers, which are text with a separator between the numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import OfOne, ResultType, expect


class ListStatistic(OfOne):
    """A statistic of the numbers of a list: each a float32 first, added up in their order as doubles; -0.0 is 0.0.

    A missing element, NaN, an infinity and text that is no number are left out. So the text `[]`, an empty list, has
    the count 0 and nothing else; empty text is a missing list, of which all are null.
    """

    op: Literal["list_count", "list_sum", "list_mean", "list_min", "list_max"]
    separator: Annotated[str, Field(min_length=1)]

    @property
    def result_type(self) -> ResultType:
        """Return integer for the count, else double."""
        return "integer" if self.op == "list_count" else "double"

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        expect(self.op, self.operand, "text")
