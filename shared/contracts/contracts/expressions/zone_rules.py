"""The rules of a time zone as data: its offsets from 1900 to 2100, and the version of the tz database that has them.

Before the first transition its first offset holds, and after the last one the last.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.base_model import FrozenModel


class ZoneRules(FrozenModel):
    """Offsets of a zone. Times are in seconds since 1970 in UTC, offsets in seconds east of it."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["America/New_York"])]
    tz_version: Annotated[str, Field(max_length=20, description="Of the tz database.", examples=["2025b"])]
    transitions: Annotated[list[int], Field(max_length=2000, description="Ascending times of changes.")]
    offsets: Annotated[list[int], Field(description="One before the first transition, and one after each.")]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.offsets) != len(self.transitions) + 1:
            raise ValueError("a zone has one offset more than transitions")
        if any(later <= earlier for earlier, later in pairwise(self.transitions)):
            raise ValueError("the transitions of a zone ascend")
        if any(abs(offset) >= 86_400 for offset in self.offsets):
            raise ValueError("an offset is less than a day")
        return self

    @property
    def wall_transitions(self) -> list[int]:
        """Return the wall time, in seconds, up to which the offset before each transition holds.

        A time that the clock skipped, and the first of one that it showed twice, belong to the offset before, as with
        `fold=0` of Python.
        """
        before_after = pairwise(self.offsets)
        return [time + max(pair) for time, pair in zip(self.transitions, before_after, strict=True)]
