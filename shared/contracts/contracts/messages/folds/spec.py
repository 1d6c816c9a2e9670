"""Folds as a training request asks for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from contracts.base_model import FrozenModel

FEWEST_FOLDS, MOST_FOLDS = 2, 20


class Folds(FrozenModel):
    """Random folds of the training split, by a hash of each row or of its `split_key`."""

    count: Annotated[
        int,
        Field(
            ge=FEWEST_FOLDS, le=MOST_FOLDS, description="Number of folds, and of trainings besides the version's own."
        ),
    ]
    seed: Annotated[
        int,
        Field(
            ge=0,
            lt=2**31,
            description="Another seed makes other folds. It is not the training's `seed`: versions are compared on equal folds.",
        ),
    ] = 0


def _from_count(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if not FEWEST_FOLDS <= value <= MOST_FOLDS or value % 1:
        raise ValueError(f"must be a whole number from {FEWEST_FOLDS} to {MOST_FOLDS}. Received: {value}")
    return {"count": int(value)}


_Count = Annotated[int, Field(ge=FEWEST_FOLDS, le=MOST_FOLDS)]

FoldsSpec = Annotated[
    Folds | None,
    BeforeValidator(_from_count, json_schema_input_type=_Count | Folds | None),
    Field(
        description="Cross-validation: the training rows are divided into this many folds, 2 to 20; for each fold a model is "
        "trained on the other folds and measured on it. The version itself is then trained on all training rows, as without "
        "folds. Takes one more training per fold. A number, or an object with a seed, too. Null: none.",
        examples=[5, {"count": 10, "seed": 1}],
    ),
]
