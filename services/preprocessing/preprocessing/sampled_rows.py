"""The rows of a sample that a label's expression is evaluated on: what the API asks the engine."""

from __future__ import annotations

from collections.abc import Callable

from contracts.base_model import FrozenModel
from contracts.label_kinds import LabelKind
from contracts.schema import ValueType

SampledValue = str | float | int | None

EvaluateLabel = Callable[["SampledRows"], list[str | float | None]]
"""Evaluates the expression. Raises a TandemError where it cannot."""


class SampledRows(FrozenModel):
    """Distinct rows of the columns that an expression names, a list of values per column, and the expression."""

    expression: str
    kind: LabelKind
    strip: bool = False
    fold_case: bool = False
    seconds: float
    """Time after which nobody awaits the labels."""
    types: dict[str, ValueType]
    columns: dict[str, list[SampledValue]]
