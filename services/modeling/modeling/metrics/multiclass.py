"""The metrics of labels of several classes, from each class's probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.messages.evaluation import ClassCalibration, CountedValues, ValueHistogram
from contracts.messages.metrics import Confusion, MetricName, MulticlassMetrics
from modeling.metrics.binary import Cells
from modeling.metrics.binary import metric_values as binary_values
from modeling.metrics.calibration_error import calibration_error
from modeling.metrics.curves import calibration
from modeling.metrics.thresholds import SCORE_EDGES
from sources.arrays import Array

MOST_CLASSES_SHOWN = 50
TOP: dict[int, MetricName] = {3: "top_3_accuracy", 5: "top_5_accuracy"}
"""Numbers of most probable classes among which the true one is looked for."""


def row_sums(labels: Array, probabilities: Array, weights: Array | None = None) -> Array:
    """Return what each row adds to metrics that are means over rows, float64 [rows, 3 to 5]: 1, log loss, 1 if it is right.

    The last ones, for the numbers of `TOP` below the number of classes, are 1 if the true class is among the most probable.

    `labels`: class ids, int [rows]. `probabilities`: [rows, classes]. The true class's probability is kept a machine epsilon
    from 0 and 1, as scikit-learn does; among equally probable classes the first ones count. A row adds as much as its
    weight, if any.
    """
    eps = np.finfo(np.float64).eps
    of_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    ranks = _ranks(labels, probabilities)
    tops = [ranks < count for count in TOP if count < probabilities.shape[1]]
    loss = -np.log(np.clip(of_truth, eps, 1 - eps))
    sums = np.stack([np.ones(len(labels)), loss, ranks == 0, *tops], axis=1)
    return sums if weights is None else sums * weights.astype(np.float64)[:, np.newaxis]


def _ranks(labels: Array, probabilities: Array) -> Array:
    """Return how many classes come before the true one, int [rows]: more probable ones, and equally probable earlier ones."""
    of_truth = probabilities[np.arange(len(labels)), labels][:, np.newaxis]
    earlier = np.arange(probabilities.shape[1]) < labels[:, np.newaxis]
    return ((probabilities > of_truth) | ((probabilities == of_truth) & earlier)).sum(axis=1)


def metric_values(sums: Array) -> dict[MetricName, Array]:
    """Return the metrics that are means, [...], from sums as `row_sums` adds them; NaN without rows, or without weight."""
    rows, loss, right, *tops = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        top: dict[MetricName, Array] = {name: of_top / rows for name, of_top in zip(TOP.values(), tops, strict=False)}
        return {"log_loss": loss / rows, "accuracy": right / rows, **top}


def multiclass_metrics(labels: Array, probabilities: Array, weights: Array | None = None) -> MulticlassMetrics:
    """Return the metrics of one set of rows, which may be empty. AUC is null where a class has no row, or has them all."""
    if not len(labels) or (weights is not None and not weights.any()):
        return MulticlassMetrics(rows=len(labels), auc=None, log_loss=None, accuracy=None, macro_f1=None)
    means = metric_values(row_sums(labels, probabilities, weights).sum(axis=0))
    auc = np.mean(
        [_against_the_rest(labels, probabilities, weights, class_id) for class_id in range(probabilities.shape[1])]
    )
    return MulticlassMetrics(
        rows=len(labels),
        auc=None if np.isnan(auc) else float(auc),
        log_loss=float(means["log_loss"]),
        accuracy=float(means["accuracy"]),
        macro_f1=_macro_f1(_counts(labels, probabilities), _counts(labels, probabilities, weights)),
        ece=calibration_error(*confidence(labels, probabilities), weights),
        top_3_accuracy=float(means[TOP[3]]) if TOP[3] in means else None,
        top_5_accuracy=float(means[TOP[5]]) if TOP[5] in means else None,
    )


def confidence(labels: Array, probabilities: Array) -> tuple[Array, Array]:
    """Return whether the most probable class is the true one, and its probability; [rows] each."""
    if not len(labels):
        return np.zeros(0), np.zeros(0)
    return probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)


def _against_the_rest(labels: Array, probabilities: Array, weights: Array | None, class_id: int) -> float:
    return float(
        binary_values(Cells.of((labels == class_id).astype(np.float64), probabilities[:, class_id], weights))["auc"]
    )


def _counts(labels: Array, probabilities: Array, weights: Array | None = None) -> Array:
    """Count rows, or sum their weights, by true and predicted class, [classes, classes]."""
    classes = probabilities.shape[1]
    pairs = labels.astype(np.int64) * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, weights=weights, minlength=classes * classes).reshape(classes, classes)


def _macro_f1(rows: Array, weights: Array) -> float:
    """Return the mean F1 over the classes that were true or predicted in at least one row, as scikit-learn has it.

    It is 0 for a class that was never right, and for one in rows of weight 0 alone. `rows` and `weights`: see `_counts`.
    """
    there = rows.sum(axis=0) + rows.sum(axis=1) > 0
    named = weights.sum(axis=0) + weights.sum(axis=1)
    right = np.divide(2 * np.diag(weights), named, out=np.zeros(len(named)), where=named > 0)
    return float(np.mean(right[there]))


def confusion(labels: Array, probabilities: Array, classes: list[str]) -> Confusion | None:
    """Count rows, unweighted, by true and predicted class; None without rows, and for too many classes to show."""
    if not len(labels) or len(classes) > MOST_CLASSES_SHOWN:
        return None
    return Confusion(classes=classes, counts=_counts(labels, probabilities).tolist(), threshold=None)


def confidence_histogram(labels: Array, probabilities: Array) -> ValueHistogram | None:
    """Count rows, unweighted, by their greatest probability: those whose class is right, and the others; None without rows."""
    if not len(labels):
        return None
    right = probabilities.argmax(axis=1) == labels
    greatest = probabilities.max(axis=1).astype(np.float64)
    groups = [
        CountedValues(name=name, counts=np.histogram(greatest[rows], SCORE_EDGES)[0].tolist())
        for name, rows in (("right", right), ("wrong", ~right))
    ]
    return ValueHistogram(edges=SCORE_EDGES.tolist(), groups=groups)


def class_calibration(
    labels: Array, probabilities: Array, classes: Sequence[str], weights: Array | None = None
) -> list[ClassCalibration]:
    """Return the calibration of each class against the rest; empty without rows, and for too many classes to show."""
    if not len(labels) or len(classes) > MOST_CLASSES_SHOWN:
        return []
    return [
        ClassCalibration(
            name=name,
            bins=calibration(Cells.of((labels == class_id).astype(np.float64), probabilities[:, class_id], weights)),
        )
        for class_id, name in enumerate(classes)
    ]
