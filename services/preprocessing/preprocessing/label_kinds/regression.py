"""Labels that are numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from contracts.classes import ClassName
from contracts.errors import UnusableLabel
from contracts.features import TextRule
from contracts.label_kinds import LARGEST_LABEL
from contracts.schema import Label
from contracts.statistics import NumberLabelStatistics
from preprocessing.label_kinds.base import (
    NUMBER_TYPES,
    ExpressionType,
    LabelsOfKind,
    SampledValues,
    SplitCounts,
)
from preprocessing.label_kinds.multiclass import FEW_CLASSES, MORE_THAN_BINARY
from sources.arrays import Float64s
from sources.matrices import float64_column


class RegressionLabels(LabelsOfKind):
    """Labels that are any number up to `LARGEST_LABEL`, as float64; an infinity is too large, however it is written (1e400)."""

    @property
    def expression_type(self) -> ExpressionType:
        """Return numbers."""
        return ExpressionType(frozenset(NUMBER_TYPES), "a number")

    def from_expression(self, values: pa.Array, pointer: str, rule: TextRule | None = None) -> Float64s:
        """Return the numbers. Raises `UnusableLabel` for one that is too large."""
        del rule
        return number_labels(values.fill_null(float("nan")).to_numpy(), "the label's expression", pointer)

    def from_column(self, values: pa.Array, label: Label, classes: Sequence[ClassName]) -> tuple[Float64s, int]:
        """Return the numbers. Raises `UnusableLabel` for one that is too large."""
        del classes
        return number_labels(float64_column(values), f"the label {label.name!r}", "/label/column"), 0

    def statistics(self, counted: SplitCounts) -> NumberLabelStatistics:
        """Return the statistics of the label as of a numeric column."""
        assert counted.numbers is not None, "the label's column is counted as numbers"
        return NumberLabelStatistics(count=counted.rows, numbers=counted.numbers.model_copy(update={"label": None}))

    def proposed_for(self, values: SampledValues) -> str | None:
        """Return a reason for numbers with fractions, and for many whole numbers."""
        distinct, numbers = len(values.tokens), values.numbers
        if distinct < MORE_THAN_BINARY or numbers is None:
            return None
        if not np.isfinite(numbers).all() or (numbers != np.round(numbers)).any():
            return "numbers with fractions"
        return f"{distinct} different whole numbers" if distinct > FEW_CLASSES else None


def number_labels(values: Float64s, label: str, pointer: str) -> Float64s:
    """Return numbers as labels: float64 [rows], NaN where missing.

    Raises `UnusableLabel` with the `pointer` for a number beyond `LARGEST_LABEL`, infinities too; `label` names it in the
    message.
    """
    labels = values.astype(np.float64)
    wrong = labels[np.abs(labels) > LARGEST_LABEL]
    if len(wrong):
        raise UnusableLabel(
            f"{label} must be a number between {-LARGEST_LABEL:g} and {LARGEST_LABEL:g}, since errors are squared; choose "
            f"another unit (`derive`), or leave such rows out (`filter`). Received: {wrong[0]:g}",
            pointer=pointer,
        )
    return labels
