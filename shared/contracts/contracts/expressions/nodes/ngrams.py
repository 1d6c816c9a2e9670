"""Texts as lists: sequences of words or characters that follow one another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import OfOne, ResultType, expect

LONGEST_NGRAM = 10
MOST_UNITS = 1000
SEPARATOR = "\x1f"
"""Stands between n-grams, which hold no control characters."""

Unit = Literal["words", "characters"]


class NGrams(OfOne):
    """The text of the list (`contracts.features.many`) of a text's n-grams: those of `shortest` units first, of `longest` last.

    `words`: a word is a longest sequence of letters, marks, numbers (the categories L, M and N of Unicode) and `_`; those of an
    n-gram have a space between. `characters`: code points, where a sequence of white space and control characters (Z and Cc) is
    one space, and none at both ends. The first `max` units count, later ones are left out. Text without a unit is an empty list.
    `distinct`: an n-gram stands where it comes first, and not again.
    """

    op: Literal["ngrams"] = "ngrams"
    unit: Unit
    shortest: Annotated[int, Field(ge=1, le=LONGEST_NGRAM)] = 1
    longest: Annotated[int, Field(ge=1, le=LONGEST_NGRAM)] = 1
    max: Annotated[int, Field(ge=1, le=MOST_UNITS)]
    distinct: bool = False

    @property
    def result_type(self) -> ResultType:
        """Return text."""
        return "text"

    def check(self) -> None:
        """Raise `ValueError` for other than text, or no length of n-grams."""
        expect(self.op, self.operand, "text")
        if self.longest < self.shortest:
            raise ValueError(
                f"ngrams are of `shortest` to `longest` units. Received: {self.shortest} to {self.longest}"
            )


def most_ngrams(shortest: int, longest: int, units: int) -> int:
    """Return the number of n-grams of a text of that number of words or characters.

    >>> most_ngrams(1, 2, 100)
    199
    """
    return sum(max(units - size + 1, 0) for size in range(shortest, longest + 1))
