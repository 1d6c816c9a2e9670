"""Curves of a binary model, in no more points than a plot needs."""

from __future__ import annotations

import numpy as np

from contracts.messages.evaluation import CalibrationBin, PrecisionRecallCurve, RocCurve
from contracts.messages.metrics import Interval
from modeling.metrics.binary import Cells
from sources.arrays import Array

MOST_POINTS = 200
BINS = 10
_Z = 1.959963984540054
"""95 % of a normal distribution are within this many standard deviations of its mean."""


def roc_curve(cells: Cells) -> RocCurve | None:
    """Return the ROC curve, from (0, 0) to (1, 1); None unless there are rows of both labels."""
    of_positives, of_negatives = _weighing(cells)
    positives, negatives = of_positives.sum(), of_negatives.sum()
    if not positives or not negatives:
        return None
    true = np.concatenate([[0.0], np.cumsum(of_positives[::-1]) / positives])
    false = np.concatenate([[0.0], np.cumsum(of_negatives[::-1]) / negatives])
    kept = _spread(true + false)
    return RocCurve(false_positive_rate=false[kept].tolist(), true_positive_rate=true[kept].tolist())


def precision_recall_curve(cells: Cells) -> PrecisionRecallCurve | None:
    """Return the curve, from the precision of the rows with the highest score; None without a positive row."""
    of_positives, of_negatives = _weighing(cells)
    positives = of_positives.sum()
    if not positives:
        return None
    true_positives = np.cumsum(of_positives[::-1])
    taken = true_positives + np.cumsum(of_negatives[::-1])
    recall, precision = true_positives / positives, true_positives / taken
    kept = _spread(recall + taken / taken[-1])
    return PrecisionRecallCurve(recall=recall[kept].tolist(), precision=precision[kept].tolist())


def _weighing(cells: Cells) -> tuple[Array, Array]:
    """Return the positives and negatives of the cells that have any: scores of rows of weight 0 alone are no threshold."""
    some = cells.positives + cells.negatives > 0
    return cells.positives[some], cells.negatives[some]


def _spread(along: Array) -> Array:
    """Return the indices of at most `MOST_POINTS` points, evenly along an ascending coordinate; the first and last always."""
    if len(along) <= MOST_POINTS:
        return np.arange(len(along))
    wanted = np.linspace(along[0], along[-1], MOST_POINTS)
    places = np.searchsorted(along, wanted)
    return np.unique(np.concatenate([[0], places.clip(0, len(along) - 1), [len(along) - 1]]))


def calibration(cells: Cells) -> list[CalibrationBin]:
    """Return predicted and observed shares by tenths of the predictions; fewer where many predictions are equal.

    The borders are the deciles as scikit-learn's `calibration_curve(strategy="quantile")` takes them: interpolated between rows;
    equal predictions are never divided. Shares and means are weighted where rows have weights. Empty without rows.
    """
    of_positives, of_negatives = cells.row_counts
    rows, weights = of_positives + of_negatives, cells.positives + cells.negatives
    if not cells.rows:
        return []
    borders = _quantiles(cells.scores, rows, np.arange(1, BINS) / BINS)
    bin_index = np.searchsorted(borders, cells.scores)
    bins: list[CalibrationBin] = []
    for number in range(BINS):
        inside = bin_index == number
        count, weight = rows[inside].sum(), weights[inside].sum()
        if weight > 0:
            observed = float(cells.positives[inside].sum() / weight)
            predicted = float((cells.scores[inside] * weights[inside]).sum() / weight)
            interval = wilson(observed, int(count))
            bins.append(CalibrationBin(rows=int(count), predicted=predicted, observed=observed, interval=interval))
    return bins


def _quantiles(scores: Array, rows: Array, shares: Array) -> Array:
    """Return `numpy.percentile`'s linear quantiles of scores that occur `rows` times each."""
    ends = np.cumsum(rows)
    place = shares * (ends[-1] - 1)
    below = np.floor(place)
    low = scores[np.searchsorted(ends, below, side="right")]
    high = scores[np.searchsorted(ends, np.minimum(below + 1, ends[-1] - 1), side="right")]
    return low + (high - low) * (place - below)


def wilson(share: float, rows: int) -> Interval:
    """Return Wilson's score interval of a share (1927), 95 %; never outside 0 to 1.

    >>> wilson(0.5, 100)
    Interval(low=0.4038315303659957, high=0.5961684696340044)
    """
    middle = share + _Z**2 / (2 * rows)
    half = _Z * np.sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2))
    whole = 1 + _Z**2 / rows
    return Interval(low=max(float((middle - half) / whole), 0.0), high=min(float((middle + half) / whole), 1.0))
