"""Lists of numbers of any length, of which statistics become features: a short form of a request."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from contracts.base_model import FrozenModel
from contracts.features.many import unambiguous

ListStatisticName = Literal["mean", "min", "max", "sum", "count"]


class NumberList(FrozenModel):
    """A value is a list of numbers: an array, or text with a separator."""

    separator: Annotated[
        str,
        Field(
            min_length=1,
            max_length=8,
            description="Stands between the numbers of text. Arrays of JSON and typed files need none.",
            examples=["|", ", "],
        ),
    ] = "|"
    statistics: Annotated[
        list[ListStatisticName],
        Field(
            min_length=1,
            description="Each becomes a feature with the options of this one, `column:mean` and so on. Missing elements are left "
            "out. An empty list has the count 0 and no other statistic; of a missing list all are missing.",
        ),
    ] = ["mean", "min", "max", "sum", "count"]

    @field_validator("separator")
    @classmethod
    def _unambiguous(cls, separator: str) -> str:
        if set(separator) & set("0123456789.+-eE"):
            raise ValueError(f"a separator cannot hold what numbers are written with. Received: {separator!r}")
        return unambiguous(separator)

    @field_validator("statistics")
    @classmethod
    def _distinct(cls, statistics: list[ListStatisticName]) -> list[ListStatisticName]:
        if len(set(statistics)) < len(statistics):
            raise ValueError(f"statistics must be distinct. Received: {', '.join(statistics)}")
        return statistics
