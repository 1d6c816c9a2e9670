"""Vectors: a column of lists of a fixed number of numbers, which becomes that many numeric columns.

A client sends the list under the column's name, or single numbers under the names that its elements have here. An element may be
missing; so is each of them where the list is.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MOST_ELEMENTS = 10_000
"""The largest number of elements of a vector."""

Shape = Annotated[list[Annotated[int, Field(ge=1, le=MOST_ELEMENTS)]], Field(min_length=1, max_length=1)]


def element_name(column: str, place: int) -> str:
    """Return the name of the numeric column with the vector's element at `place`, from 0."""
    return f"{column}[{place}]"


def element_names(column: str, shape: Shape) -> list[str]:
    """Return the names of all elements, in order.

    >>> element_names("embedding", [2])
    ['embedding[0]', 'embedding[1]']
    """
    return [element_name(column, place) for place in range(shape[0])]
