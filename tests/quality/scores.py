"""How good predictions are: the metric by which a table's models are compared, log loss and calibration."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from contracts.label_kinds import LabelKind
from sources.arrays import Array

METRICS: dict[LabelKind, str] = {"binary": "auc", "multiclass": "accuracy", "regression": "rmse"}
BINS = 10


def scores(kind: LabelKind, labels: Array, predictions: Array) -> dict[str, float]:
    """Return the metric, and of classes `log_loss` and `calibration_error`.

    `predictions`: [rows], of several classes [rows, classes]. `labels`: 0 or 1, ids of classes, or numbers.
    """
    if kind == "regression":
        return {"rmse": float(np.sqrt(np.mean((predictions - labels) ** 2)))}
    if kind == "binary":
        found = {"auc": float(roc_auc_score(labels, predictions)), "mean_prediction": float(predictions.mean())}
        of_the_label = np.where(labels > 0, predictions, 1 - predictions)
        sure, right = predictions, labels > 0
    else:
        classes = labels.astype(np.int64)
        right = predictions.argmax(axis=1) == classes
        found = {"accuracy": float(right.mean())}
        of_the_label, sure = predictions[np.arange(len(classes)), classes], predictions.max(axis=1)
    found["log_loss"] = float(-np.log(np.clip(of_the_label, 1e-7, 1)).mean())
    return {**found, "calibration_error": calibration_error(sure, right)}


def calibration_error(predicted: Array, happened: Array) -> float:
    """Return the expected calibration error: over ten bins of equally many rows, how far shares are from mean predictions.

    Of two classes `predicted` is the probability of 1; of several that of the class that is predicted.
    """
    order = np.argsort(predicted, kind="stable")
    bins = [(predicted[part], happened[part]) for part in np.array_split(order, BINS) if len(part)]
    return float(sum(len(share) * abs(share.mean() - mean.mean()) for mean, share in bins) / len(order))


def is_better(metric: str, one: float, other: float) -> bool:
    """Return whether one value of a metric is better than another."""
    return one < other if metric == "rmse" else one > other


def behind(metric: str, ours: float, theirs: float) -> float:
    """Return how far ours is behind theirs, negative where it is ahead: a difference, or of an error its share of theirs."""
    return ours / theirs - 1 if metric == "rmse" else theirs - ours
