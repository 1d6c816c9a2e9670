"""The threshold of a binary model: by which aim it is chosen, and what it reaches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from contracts.base_model import FrozenModel
from contracts.messages.metrics import Confusion, Interval


class F1Aim(FrozenModel):
    """The greatest F1: the harmonic mean of precision and recall."""

    kind: Literal["f1"]


class CostAim(FrozenModel):
    """The least total cost of wrong rows; right ones cost nothing."""

    kind: Literal["cost"]
    false_positive: Annotated[float, Field(gt=0, description="Cost of a row that is predicted 1 and is 0.")]
    false_negative: Annotated[float, Field(gt=0, description="Cost of a row that is predicted 0 and is 1.")]


class PrecisionAim(FrozenModel):
    """The greatest recall whose precision is not below a bound; where none is, the greatest precision."""

    kind: Literal["precision"]
    at_least: Annotated[float, Field(gt=0, le=1)]


class FixedThreshold(FrozenModel):
    """A given number."""

    kind: Literal["fixed"]
    value: Annotated[float, Field(ge=0, le=1)]


def _of_kind(value: object) -> object:
    if isinstance(value, str):
        return {"kind": value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"kind": "fixed", "value": value}
    return value


ThresholdSpec = Annotated[
    F1Aim | CostAim | PrecisionAim | FixedThreshold,
    Field(discriminator="kind"),
    BeforeValidator(_of_kind, json_schema_input_type=Any),
]
"""A number alone is a fixed threshold, the kind alone stands for `f1`."""


class AtThreshold(FrozenModel):
    """Rows of a split by the side of the threshold. Weighted where rows have weights, but for the confusion."""

    rows: int
    precision: Annotated[float | None, Field(description="Null where no row is predicted 1.")]
    recall: Annotated[float | None, Field(description="Null where no row is 1.")]
    f1: Annotated[float | None, Field(description="Null where no row is 1, nor predicted so.")]
    cost: Annotated[float | None, Field(description="Mean cost of a row; null unless chosen by cost.")]
    intervals: Annotated[
        dict[Literal["precision", "recall", "f1", "cost"], Interval],
        Field(description="95 % bootstrap intervals, of the test split."),
    ] = {}
    confusion: Annotated[Confusion | None, Field(description="Of the test split; null without rows.")] = None


class Threshold(FrozenModel):
    """The threshold of a version: rows are of class 1 from this probability on."""

    value: float
    aim: ThresholdSpec
    met: Annotated[
        bool, Field(description="False where no threshold has the requested precision on the validation split.")
    ] = True
    validation: Annotated[
        AtThreshold | None, Field(description="On the rows that it was chosen by; null for a fixed threshold.")
    ]
    test: AtThreshold
