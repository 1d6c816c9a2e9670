"""How good a model is, on rows that training never saw, beside a baseline that needs no model."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from modeling.messages import Evaluation, Metrics

THRESHOLD = 0.5
Array = np.ndarray[Any, np.dtype[Any]]


def evaluate(labels: Array, log_odds: Array, train_mean: float) -> Evaluation:
    """The metrics of predictions, given as log-odds, and of always predicting `train_mean`. Arrays are [rows]; none is fine."""
    probabilities = 1 / (1 + np.exp(-np.clip(log_odds.astype(np.float64), -500, 500)))
    note = None
    if not len(labels):
        note = "The test split is empty, so nothing can be said of the model."
    elif len(np.unique(labels)) == 1:
        note = f"Every label of the test split is {int(labels[0])}, so there is no AUC."
    return Evaluation(
        test=_metrics(labels, probabilities),
        baseline=_metrics(labels, np.full(len(labels), train_mean)),
        baseline_prediction=train_mean,
        note=note,
    )


def _metrics(labels: Array, probabilities: Array) -> Metrics:
    rows = len(labels)
    if rows == 0:
        return Metrics(rows=0, auc=None, log_loss=None, accuracy=None)
    return Metrics(
        rows=rows,
        auc=float(roc_auc_score(labels, probabilities)) if len(np.unique(labels)) == 2 else None,
        log_loss=float(log_loss(labels, probabilities, labels=[0, 1])),
        accuracy=float(np.mean((probabilities >= THRESHOLD) == (labels >= THRESHOLD))),
    )
