"""The confusion of classes as a shaded table, with precision, recall, F1 and calibration of each class."""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.messages.evaluation import CalibrationBin, ClassCalibration, ThresholdCurve
from contracts.messages.metrics import Confusion

__all__ = ["ClassRow", "ConfusionTable", "confusion_table", "threshold_data"]


@dataclass(frozen=True)
class ClassRow:
    """A true class: how many of its rows are predicted as each class, and how well it is distinguished from the others."""

    name: str
    counts: list[int]
    shares: list[float]
    """Of the class's rows, for the shade of each cell."""
    precision: float | None
    recall: float | None
    f1: float | None
    calibration_error: float | None
    """Mean distance of predicted and observed share, weighted by rows; None where it is not known."""


@dataclass(frozen=True)
class ConfusionTable:
    """Rows by true class, in the order of ids."""

    classes: list[str]
    rows: list[ClassRow]
    threshold: float | None

    @property
    def has_calibration(self) -> bool:
        """Return whether the calibration of any class is known."""
        return any(row.calibration_error is not None for row in self.rows)


def confusion_table(confusion: Confusion, calibration: Sequence[ClassCalibration]) -> ConfusionTable:
    """Return the table; `calibration`: by class, in the order of `confusion.classes`, or empty."""
    predicted = [sum(column) for column in zip(*confusion.counts, strict=True)]
    errors = [calibration_error(of_class.bins) for of_class in calibration] or [None] * len(confusion.classes)
    rows: list[ClassRow] = []
    for index, (name, counts) in enumerate(zip(confusion.classes, confusion.counts, strict=True)):
        right, total = counts[index], sum(counts)
        named = total + predicted[index]
        rows.append(
            ClassRow(
                name=name,
                counts=counts,
                shares=[count / total if total else 0.0 for count in counts],
                precision=right / predicted[index] if predicted[index] else None,
                recall=right / total if total else None,
                f1=2 * right / named if named else None,
                calibration_error=errors[index],
            )
        )
    return ConfusionTable(confusion.classes, rows, confusion.threshold)


def calibration_error(bins: Sequence[CalibrationBin]) -> float | None:
    """Return the expected calibration error (Naeini et al. 2015) of equally filled bins; None without rows."""
    rows = sum(tenth.rows for tenth in bins)
    return sum(tenth.rows * abs(tenth.predicted - tenth.observed) for tenth in bins) / rows if rows else None


def threshold_data(curve: ThresholdCurve, chosen: Confusion | None = None) -> str:
    """Return the JSON from which the page's script computes the confusion at a threshold; `chosen`: at one more threshold."""
    data = curve.model_dump()
    if chosen is not None and chosen.threshold is not None and chosen.threshold not in curve.thresholds:
        place = bisect(curve.thresholds, chosen.threshold)
        data["thresholds"].insert(place, chosen.threshold)
        data["false_positives"].insert(place, chosen.counts[0][1])
        data["true_positives"].insert(place, chosen.counts[1][1])
    return json.dumps(data, separators=(",", ":"))
