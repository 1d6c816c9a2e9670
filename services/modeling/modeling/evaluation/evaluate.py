"""Evaluate predictions against labels, by the kind of the label.

Predictions are float64 [rows]: probabilities of 1 for binary labels, numbers for regression; for several classes probabilities
[rows, classes]. The baseline is one such prediction for all rows. `weights`, [rows], weigh the rows in the metrics,
their intervals and the curves; None: all alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.classes import ClassName
from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.evaluation import Evaluation
from modeling.label_kinds import labels_of_kind
from sources.arrays import Array


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
    names, of_kind = [str(name) for name in classes], labels_of_kind(kind)
    return Evaluation(
        test=of_kind.score(labels, predictions, weights),
        intervals=of_kind.intervals(labels, predictions, weights, seed),
        baseline=of_kind.score(labels, constant, weights),
        baseline_intervals=of_kind.intervals(labels, constant, weights, seed),
        baseline_prediction=baseline,
        confusion=of_kind.confusion(labels, predictions, names),
        note=_note(kind, labels, names, weights),
    )


def _note(kind: LabelKind, labels: Array, classes: list[str], weights: Array | None) -> str | None:
    if not len(labels):
        return "The test split is empty, so the model cannot be evaluated."
    if weights is not None and not weights.any():
        return f"The weights of all {len(labels)} rows of the test split are 0, so the model cannot be evaluated."
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
