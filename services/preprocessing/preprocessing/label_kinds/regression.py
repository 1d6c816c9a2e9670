"""Labels that are numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from contracts.classes import ClassName
from contracts.statistics import NumberLabelStatistics
from preprocessing.label_kinds.base import (
    NUMBER_TYPES,
    ExpressionType,
    Float32s,
    Float64s,
    LabelsOfKind,
    SampledValues,
    SplitCounts,
)
from preprocessing.label_kinds.multiclass import FEW_CLASSES, MORE_THAN_BINARY
from sources.matrices import float64_column


class RegressionLabels(LabelsOfKind):
    """Labels that are any finite number; one outside float32's range is missing."""

    @property
    def expression_type(self) -> ExpressionType:
        """Return numbers."""
        return ExpressionType(frozenset(NUMBER_TYPES), "a number")

    def from_expression(self, values: pa.Array, pointer: str) -> Float32s:
        """Return the numbers."""
        del pointer
        return number_labels(values.fill_null(float("nan")).to_numpy())

    def from_column(self, values: pa.Array, name: str, classes: Sequence[ClassName]) -> tuple[Float32s, int]:
        """Return the numbers."""
        del name, classes
        return number_labels(float64_column(values)), 0

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


def number_labels(values: Float64s) -> Float32s:
    """Convert numbers to labels: float32 [rows], NaN where missing or outside float32's range."""
    with np.errstate(over="ignore"):
        labels = values.astype(np.float32)
    labels[~np.isfinite(labels)] = np.nan
    return labels
