"""The AUC of each of several classes against the rest, with a 95 % interval.

The interval is DeLong's (DeLong, DeLong and Clarke-Pearson 1988) on the scale of log-odds, which keeps it between 0 and 1: the
bootstrap of the other metrics would cost a second a class, and there may be a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.messages.evaluation import ClassAuc
from contracts.messages.metrics import Interval
from modeling.metrics.binary import probabilities as from_log_odds
from sources.arrays import Array

_Z = 1.959963984540054


def class_aucs(
    labels: Array, probabilities: Array, classes: Sequence[str], weights: Array | None = None
) -> list[ClassAuc]:
    """Return the AUC of each class, in the order of ids; empty without rows.

    `labels`: class ids, int [rows]. `probabilities`: [rows, classes]. `weights`: of the rows, 1 each by default.
    """
    if not len(labels):
        return []
    of_rows = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    return [_of_class(name, labels == index, probabilities[:, index], of_rows) for index, name in enumerate(classes)]


def _of_class(name: str, truth: Array, scores: Array, weights: Array) -> ClassAuc:
    auc, error = auc_and_error(truth, scores, weights)
    interval = None
    if np.isfinite(error) and error > 0:
        odds, half = np.log(auc / (1 - auc)), _Z * error / (auc * (1 - auc))
        low, high = from_log_odds(np.array([odds - half, odds + half]))
        interval = Interval(low=float(low), high=float(high))
    return ClassAuc(name=name, rows=int(truth.sum()), auc=auc if np.isfinite(auc) else None, interval=interval)


def auc_and_error(truth: Array, scores: Array, weights: Array) -> tuple[float, float]:
    """Return the AUC of scores and its standard error, NaN where they are undefined. `truth`: bool [rows]."""
    values, cell = np.unique(scores.astype(np.float64), return_inverse=True)
    cells = len(values)
    positives = np.bincount(cell[truth], weights[truth], cells)
    negatives = np.bincount(cell[~truth], weights[~truth], cells)
    if not positives.any() or not negatives.any():
        return np.nan, np.nan
    below = (np.cumsum(negatives) - negatives / 2) / negatives.sum()
    above = 1 - (np.cumsum(positives) - positives / 2) / positives.sum()
    auc = float((positives * below).sum() / positives.sum())
    variance = 0.0
    for placed, rows in ((below, truth), (above, ~truth)):
        weighing = int((weights[rows] > 0).sum())
        if weighing < 2:
            return auc, np.nan
        shares = weights[rows] / weights[rows].sum()
        variance += float((shares**2 * (placed[cell[rows]] - auc) ** 2).sum()) * weighing / (weighing - 1)
    return auc, float(np.sqrt(variance))
