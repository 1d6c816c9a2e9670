"""Labels and predictions to an evaluation, by the kind of the label.

Predictions are float64 [rows]: probabilities of 1 for binary labels, numbers for regression; for several classes probabilities
[rows, classes]. The baseline is one such prediction for all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, assert_never

import numpy as np

from modeling.evaluation import binary, bootstrap, curves, multiclass, regression
from modeling.evaluation.results import (
    CalibrationBin,
    Confusion,
    Evaluation,
    Interval,
    MetricName,
    Metrics,
    PrecisionRecallCurve,
    RocCurve,
)

Kind = Literal["binary", "multiclass", "regression"]
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Plots:
    """What only binary labels have plots for; nothing for the others."""

    roc: RocCurve | None = None
    precision_recall: PrecisionRecallCurve | None = None
    calibration: tuple[CalibrationBin, ...] = ()


def score(kind: Kind, labels: Array, predictions: Array) -> Metrics:
    """The metrics of some rows; there may be none."""
    match kind:
        case "binary":
            return binary.binary_metrics(binary.Cells.of(labels, predictions))
        case "multiclass":
            return multiclass.multiclass_metrics(labels, predictions)
        case "regression":
            return regression.regression_metrics(regression.row_sums(labels, predictions))
        case _:
            assert_never(kind)


def evaluate(kind: Kind, labels: Array, predictions: Array, baseline: float, seed: int) -> Evaluation:
    """The metrics of predictions, and of always predicting `baseline`, the training split's mean label, with intervals."""
    constant = np.full(len(labels), baseline)
    return Evaluation(
        test=score(kind, labels, predictions),
        intervals=_intervals(kind, labels, predictions, seed),
        baseline=score(kind, labels, constant),
        baseline_intervals=_intervals(kind, labels, constant, seed),
        baseline_prediction=baseline,
        confusion=_confusion(kind, labels, predictions),
        note=_note(kind, labels),
    )


def plots(kind: Kind, labels: Array, predictions: Array) -> Plots:
    """The curves of a binary model."""
    if kind != "binary":
        return Plots()
    cells = binary.Cells.of(labels, predictions)
    return Plots(curves.roc_curve(cells), curves.precision_recall_curve(cells), tuple(curves.calibration(cells)))


def _intervals(kind: Kind, labels: Array, predictions: Array, seed: int) -> dict[MetricName, Interval]:
    match kind:
        case "binary":
            return bootstrap.binary_intervals(binary.Cells.of(labels, predictions), seed)
        case "multiclass":
            return bootstrap.sum_intervals(multiclass.row_sums(labels, predictions), multiclass.metric_values, seed)
        case "regression":
            return bootstrap.sum_intervals(regression.row_sums(labels, predictions), regression.metric_values, seed)
        case _:
            assert_never(kind)


def _confusion(kind: Kind, labels: Array, predictions: Array) -> Confusion | None:
    match kind:
        case "binary":
            return binary.confusion(binary.Cells.of(labels, predictions))
        case "multiclass":
            return multiclass.confusion(labels, predictions, [str(at) for at in range(predictions.shape[1])])
        case "regression":
            return None
        case _:
            assert_never(kind)


def _note(kind: Kind, labels: Array) -> str | None:
    if not len(labels):
        return "The test split is empty, so nothing can be said of the model."
    if len(np.unique(labels)) == 1:
        lost = "R²" if kind == "regression" else "AUC"
        return f"Every label of the test split is {labels[0]:g}, so there is no {lost}."
    return None
