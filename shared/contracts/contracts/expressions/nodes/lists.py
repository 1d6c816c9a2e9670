"""Lists, which are text with a separator (`contracts.features.many`): statistics of numbers, sizes and tokens."""

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


class OfList(OfOne):
    """A function of the tokens of a list. It is null of a missing list, which has empty text."""

    separator: Annotated[str, Field(min_length=1)]

    def check(self) -> None:
        """Raise `ValueError` for other than text."""
        expect("a function of lists", self.operand, "text")


class ListSize(OfList):
    """The number of tokens, with those that are missing."""

    op: Literal["size"] = "size"

    @property
    def result_type(self) -> ResultType:
        """Return integer."""
        return "integer"


class ListElement(OfList):
    """The token at a position: 1 is the first, -1 the last; null outside of the list, and where the token is missing."""

    op: Literal["element_at"] = "element_at"
    position: Annotated[int, Field(gt=-(2**31), lt=2**31)]

    @property
    def result_type(self) -> ResultType:
        """Return text."""
        return "text"

    def check(self) -> None:
        """Raise `ValueError` for other than text, and for position 0."""
        super().check()
        if self.position == 0:
            raise ValueError("positions of element_at count from 1, or from the end by -1. Received: 0")


class ListContains(OfList):
    """True if a token is in the list; null if it is not, and a token is missing."""

    op: Literal["array_contains"] = "array_contains"
    token: Annotated[str, Field(min_length=1)]

    @property
    def result_type(self) -> ResultType:
        """Return boolean."""
        return "boolean"
