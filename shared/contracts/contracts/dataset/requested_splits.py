"""The ways in which a dataset request divides rows among splits: by shares of a hash, or by the values of a column."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    field_validator,
)

from contracts.base_model import FrozenModel
from contracts.schema import SplitName

SplitValue = Annotated[
    StrictBool | StrictInt | StrictFloat | StrictStr | None, Field(description="Null: rows without a value.")
]


def _check_shares(shares: dict[SplitName, float]) -> dict[SplitName, float]:
    if any(share < 0 for share in shares.values()) or not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-9):
        raise ValueError(f"shares must be at least 0 and add up to 1. Received: {shares}")
    if not shares.get("train"):
        raise ValueError(f"train must have a share, since models learn from it. Received: {shares}")
    return shares


Shares = Annotated[dict[SplitName, float], AfterValidator(_check_shares)]


class ColumnSplits(FrozenModel):
    """Each row goes to the split that lists its value of a column; a row of another value is left out, and counted."""

    column: Annotated[str, Field(min_length=1, description="A column of the source.", examples=["fold"])]
    values: Annotated[
        dict[SplitName, list[SplitValue]],
        Field(
            description="The values of each split. A number is that number however the source writes it, and true and false are "
            "1 and 0.",
            examples=[{"train": [0, 1, 2], "validation": [3], "test": [4]}],
        ),
    ]

    @field_validator("values")
    @classmethod
    def _train_has_values(cls, values: dict[SplitName, list[SplitValue]]) -> dict[SplitName, list[SplitValue]]:
        if not values.get("train"):
            raise ValueError("train must have values, since models learn from it")
        return values

    @property
    def texts(self) -> dict[SplitName, list[str | None]]:
        """Return the values as text: `true` and `false`, numbers in decimal notation."""
        return {split: [_text(value) for value in values] for split, values in self.values.items()}


def _text(value: SplitValue) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return repr(value)


def _sort(given: Any) -> str:
    is_column = "column" in given if isinstance(given, dict) else isinstance(given, ColumnSplits)
    return "ColumnSplits" if is_column else "Shares"


SplitsSpec = Annotated[
    Annotated[Shares, Tag("Shares")] | Annotated[ColumnSplits, Tag("ColumnSplits")], Discriminator(_sort)
]
