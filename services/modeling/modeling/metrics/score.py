"""Evaluate predictions against labels, by the kind of the label.

Predictions are float64 [rows]: probabilities of 1 for binary labels, numbers for regression; for several classes probabilities
[rows, classes]. The baseline is one such prediction for all rows. `weights`, [rows], weigh the rows in the metrics,
their intervals and the curves; None: all alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from contracts.classes import ClassName
from contracts.label_kinds import label_traits
from contracts.messages.evaluation import CalibrationBin, Confusion, Evaluation, PrecisionRecallCurve, RocCurve
from contracts.messages.metrics import Interval, MetricName, Metrics
from contracts.schema import LabelKind
from modeling.metrics import binary, confidence_intervals, curves, multiclass, regression
from sources.arrays import Array


@dataclass(frozen=True)
class Plots:
    """Plots of a binary label; empty for the other kinds."""

    roc: RocCurve | None = None
    precision_recall: PrecisionRecallCurve | None = None
    calibration: tuple[CalibrationBin, ...] = ()


def score(kind: LabelKind, labels: Array, predictions: Array, weights: Array | None = None) -> Metrics:
    """Return the metrics of some rows, which may be empty."""
    match kind:
        case "binary":
            return binary.binary_metrics(binary.Cells.of(labels, predictions, weights))
        case "multiclass":
            return multiclass.multiclass_metrics(labels.astype(np.int64), predictions, weights)
        case "regression":
            return regression.regression_metrics(regression.row_sums(labels, predictions, weights))
        case _:
            assert_never(kind)


def evaluate(
    kind: LabelKind,
    labels: Array,
    predictions: Array,
    baseline: float | list[float],
    seed: int,
    *,
    weights: Array | None = None,
    classes: Sequence[ClassName] = (),
) -> Evaluation:
    """Return the metrics of predictions, and of always predicting `baseline`, with intervals.

    `baseline`: the training split's mean label, or of several `classes` their shares.
    """
    constant = np.broadcast_to(np.asarray(baseline, np.float64), predictions.shape)
    return Evaluation(
        test=score(kind, labels, predictions, weights),
        intervals=_intervals(kind, labels, predictions, weights, seed),
        baseline=score(kind, labels, constant, weights),
        baseline_intervals=_intervals(kind, labels, constant, weights, seed),
        baseline_prediction=baseline,
        confusion=_confusion(kind, labels, predictions, [str(name) for name in classes]),
        note=_note(kind, labels, [str(name) for name in classes]),
    )


def plots(kind: LabelKind, labels: Array, predictions: Array, weights: Array | None = None) -> Plots:
    """Return the curves of a binary model; empty for other kinds."""
    if not label_traits(kind).is_binary:
        return Plots()
    cells = binary.Cells.of(labels, predictions, weights)
    return Plots(curves.roc_curve(cells), curves.precision_recall_curve(cells), tuple(curves.calibration(cells)))


def _intervals(
    kind: LabelKind, labels: Array, predictions: Array, weights: Array | None, seed: int
) -> dict[MetricName, Interval]:
    match kind:
        case "binary":
            return confidence_intervals.binary_intervals(binary.Cells.of(labels, predictions, weights), seed)
        case "multiclass":
            sums = multiclass.row_sums(labels.astype(np.int64), predictions, weights)
            return confidence_intervals.sum_intervals(sums, multiclass.metric_values, seed)
        case "regression":
            sums = regression.row_sums(labels, predictions, weights)
            return confidence_intervals.sum_intervals(sums, regression.metric_values, seed)
        case _:
            assert_never(kind)


def _confusion(kind: LabelKind, labels: Array, predictions: Array, classes: list[str]) -> Confusion | None:
    match kind:
        case "binary":
            return binary.confusion(binary.Cells.of(labels, predictions))
        case "multiclass":
            return multiclass.confusion(labels, predictions, classes)
        case "regression":
            return None
        case _:
            assert_never(kind)


def _note(kind: LabelKind, labels: Array, classes: list[str]) -> str | None:
    if not len(labels):
        return "The test split is empty, so the model cannot be evaluated."
    there = np.unique(labels)
    if len(there) == 1:
        lost = label_traits(kind).constant_metric
        only = classes[int(there[0])] if label_traits(kind).has_classes else f"{labels[0]:g}"
        return f"Every label of the test split is {only}, so there is no {lost}."
    if label_traits(kind).has_classes and len(there) < len(classes):
        absent = [name for class_id, name in enumerate(classes) if class_id not in there]
        shown = ", ".join(absent[:10]) + (f" and {len(absent) - 10} more" if len(absent) > 10 else "")
        return f"No row of the test split is of class {shown}, so there is no AUC."
    return None
