"""Label statistics of the training split without one fold: no parameter of a model may come from the labels of its fold."""

from __future__ import annotations

import numpy as np

from contracts.errors import UnusableLabel
from contracts.statistics import (
    AnyLabelStatistics,
    ClassLabelStatistics,
    LabelStatistics,
    NumberLabelStatistics,
)
from sources.arrays import Array

_SMALLEST_VARIANCE = 1e-14
"""Of the whole split's variance: below it, rounding errors of equal labels."""


class FoldLabels:
    """Sums over the labels of each fold. `whole`: the label's statistics in the whole training split."""

    def __init__(self, whole: AnyLabelStatistics, folds: int) -> None:
        self._whole = whole
        self._folds = folds
        width = len(whole.classes) if isinstance(whole, ClassLabelStatistics) else 2
        self._classes = np.zeros((folds, width), np.int64)
        self._rows = np.zeros(folds, np.int64)
        self._sums = np.zeros((2, folds), np.float64)

    def add(self, labels: Array, folds: Array) -> None:
        """Add rows: labels as records hold them, and the fold of each, [rows]."""
        self._rows += np.bincount(folds, minlength=self._folds)
        if isinstance(self._whole, NumberLabelStatistics):
            center, deviation = self._scale(self._whole)
            numbers = (labels - center) / deviation
            self._sums += [np.bincount(folds, numbers**power, self._folds) for power in (1, 2)]
        else:
            places = folds.astype(np.int64) * self._classes.shape[1] + labels.astype(np.int64)
            self._classes += np.bincount(places, minlength=self._classes.size).reshape(self._classes.shape)

    def without(self, fold: int) -> AnyLabelStatistics:
        """Return count and frequencies, or mean and deviation, of the rows of all folds but one, which counts from 0.

        Of a number nothing else is of these rows. Raises `UnusableLabel` if all labels are equal.
        """
        others = np.arange(self._folds) != fold
        count = int(self._rows[others].sum())
        match self._whole:
            case LabelStatistics():
                positives = int(self._classes[others, 1].sum())
                self._check(fold, is_constant=positives in {0, count})
                return LabelStatistics(count=count, positives=positives)
            case ClassLabelStatistics() as whole:
                counts = self._classes[others].sum(axis=0).tolist()
                self._check(fold, is_constant=max(counts) == count)
                classes = [
                    entry.model_copy(update={"count": rows}) for entry, rows in zip(whole.classes, counts, strict=True)
                ]
                return ClassLabelStatistics(count=count, classes=classes)
            case NumberLabelStatistics() as whole:
                center, deviation = self._scale(whole)
                mean, squares = self._sums[:, others].sum(axis=1) / max(count, 1)
                variance = squares - mean**2
                self._check(fold, is_constant=variance < _SMALLEST_VARIANCE)
                moments = {"count": count, "mean": center + deviation * mean, "std": deviation * variance**0.5}
                return NumberLabelStatistics(count=count, numbers=whole.numbers.model_copy(update=moments))

    @staticmethod
    def _scale(whole: NumberLabelStatistics) -> tuple[float, float]:
        return whole.numbers.mean or 0.0, whole.numbers.std or 1.0

    def _check(self, fold: int, *, is_constant: bool) -> None:
        if is_constant:
            raise UnusableLabel(
                f"every label of the training rows outside of fold {fold + 1} of {self._folds} is the same, so nothing can be "
                "learned there; ask for fewer folds, or for none",
                pointer="/folds",
            )
