"""The metrics of binary labels. Equal scores are kept together, so that ties count as scikit-learn has them.

Everything is computed from `Cells`: for each distinct score, how many rows of either label have it. The same functions give
the metrics of one test split and, over a leading axis, those of a thousand resampled ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from contracts.messages.metrics import BinaryMetrics, Confusion, MetricName
from sources.arrays import Array

THRESHOLD = 0.5
Losses = dict[MetricName, tuple[Array, Array]]


@dataclass(frozen=True)
class Cells:
    """Rows by score, ascending, and label.

    `scores`, `positives`, `negatives`: float64 [cells]; the counts may have axes before that, and where rows have weights, they
    are sums of these. `losses`: for each metric that is a mean over rows, what a positive and what a negative row of the cell
    adds to it. `counted`: the rows of either label, where these are not the counts themselves.
    """

    scores: Array
    positives: Array
    negatives: Array
    losses: Losses
    counted: tuple[Array, Array] | None = None

    @classmethod
    def of(cls, labels: Array, probabilities: Array, weights: Array | None = None) -> Cells:
        """Count labels 0 and 1 by probability of 1, all [rows]; `weights`: of the rows, 1 each by default."""
        scores, cell = np.unique(probabilities.astype(np.float64), return_inverse=True)
        positives = np.bincount(cell, weights=labels, minlength=len(scores)).astype(np.float64)
        negatives = np.bincount(cell, minlength=len(scores)) - positives
        if weights is None:
            return cls(scores, positives, negatives, row_losses(scores))
        doubles, truth = weights.astype(np.float64), labels > 0
        return cls(
            scores,
            np.bincount(cell[truth], weights=doubles[truth], minlength=len(scores)),
            np.bincount(cell[~truth], weights=doubles[~truth], minlength=len(scores)),
            row_losses(scores),
            (positives, negatives),
        )

    @property
    def row_counts(self) -> tuple[Array, Array]:
        """Positive and negative rows, [cells], unweighted."""
        return self.counted or (self.positives, self.negatives)

    @property
    def rows(self) -> int:
        """The number of rows; for counts of one axis."""
        positives, negatives = self.row_counts
        return int(positives.sum() + negatives.sum())

    def coarsen(self, max_cells: int) -> Cells:
        """Merge neighbouring cells to at most about `max_cells`; a row of a merged cell adds the mean of what its rows add.

        Half of the borders divide the rows evenly, which keeps ranks, half the log-odds, which keeps rare extreme losses apart.
        """
        if len(self.scores) <= max_cells:
            return self
        of_positives, of_negatives = self.row_counts
        rows = of_positives + of_negatives
        by_rank = np.searchsorted(np.cumsum(rows), np.linspace(0, rows.sum(), max_cells // 2 + 1)[1:-1])
        eps = np.finfo(np.float64).eps
        clipped = np.clip(self.scores, eps, 1 - eps)
        odds = np.log(clipped / (1 - clipped))
        by_odds = np.searchsorted(odds, np.linspace(odds[0], odds[-1], max_cells // 2 + 1)[1:-1])
        begins = np.unique(np.concatenate([[0], by_rank, by_odds]))
        begins = begins[begins < len(self.scores)]
        positives, negatives = np.add.reduceat(self.positives, begins), np.add.reduceat(self.negatives, begins)
        return Cells(
            _weighted(self.scores, rows, begins),
            positives,
            negatives,
            {
                name: (_weighted(of_positive, self.positives, begins), _weighted(of_negative, self.negatives, begins))
                for name, (of_positive, of_negative) in self.losses.items()
            },
            self.counted and (np.add.reduceat(of_positives, begins), np.add.reduceat(of_negatives, begins)),
        )

    def with_counts(self, positives: Array, negatives: Array) -> Cells:
        """Return these cells with other counts, or sums of weights, [..., cells]."""
        return Cells(self.scores, positives, negatives, self.losses)


def row_losses(scores: Array) -> Losses:
    """Return what a positive and what a negative row of each score add to each mean.

    Probabilities are clipped by a machine epsilon, as in scikit-learn.
    """
    eps = np.finfo(np.float64).eps
    said_positive = (scores >= THRESHOLD).astype(np.float64)
    return {
        "log_loss": (-np.log(np.clip(scores, eps, 1 - eps)), -np.log(np.clip(1 - scores, eps, 1 - eps))),
        "accuracy": (said_positive, 1 - said_positive),
        "brier": ((1 - scores) ** 2, scores**2),
    }


def _weighted(values: Array, weights: Array, begins: Array) -> Array:
    """Return the weighted mean of each stretch; its first value where all weights are 0."""
    total = np.add.reduceat(weights, begins)
    mean = np.add.reduceat(values * weights, begins) / np.where(total > 0, total, 1)
    return np.where(total > 0, mean, values[begins])


def metric_values(cells: Cells) -> dict[MetricName, Array]:
    """Return each metric, [...], over the last axis of the counts; NaN where it is undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = (cells.positives + cells.negatives).sum(axis=-1)
        means: dict[MetricName, Array] = {
            name: (cells.positives @ of_positive + cells.negatives @ of_negative) / rows
            for name, (of_positive, of_negative) in cells.losses.items()
        }
        return {"auc": _auc(cells), "pr_auc": _average_precision(cells), **means}


def _auc(cells: Cells) -> Array:
    """Return the share of correctly ordered pairs of positive and negative rows; a tie is half a pair (Mann and Whitney 1947)."""
    below = np.cumsum(cells.negatives, axis=-1) - cells.negatives / 2
    pairs = cells.positives.sum(axis=-1) * cells.negatives.sum(axis=-1)
    return (cells.positives * below).sum(axis=-1) / pairs


def _average_precision(cells: Cells) -> Array:
    """Return each threshold's precision, weighted by the recall that it adds: scikit-learn's `average_precision_score`."""
    true_positives = np.cumsum(cells.positives[..., ::-1], axis=-1)
    taken = true_positives + np.cumsum(cells.negatives[..., ::-1], axis=-1)
    precision = np.where(taken > 0, true_positives / np.where(taken > 0, taken, 1), 0.0)
    return (precision * cells.positives[..., ::-1]).sum(axis=-1) / cells.positives.sum(axis=-1)


def binary_metrics(cells: Cells, ece: float | None = None) -> BinaryMetrics:
    """Return the metrics of one set of rows, which may be empty; `ece`: their expected calibration error."""
    values: dict[str, Any] = {
        name: None if np.isnan(value) else float(value) for name, value in metric_values(cells).items()
    }
    return BinaryMetrics(rows=cells.rows, ece=ece, **values)


def confusion(cells: Cells) -> Confusion | None:
    """Count rows, unweighted, by label and by side of 0.5; None without rows."""
    if not cells.rows:
        return None
    said_positive = cells.scores >= THRESHOLD
    positives, negatives = cells.row_counts
    counts = [
        [int(negatives[~said_positive].sum()), int(negatives[said_positive].sum())],
        [int(positives[~said_positive].sum()), int(positives[said_positive].sum())],
    ]
    return Confusion(classes=["0", "1"], counts=counts, threshold=THRESHOLD)


def probabilities(log_odds: Array) -> Array:
    """Convert log-odds, of any floating type, to probabilities, float64."""
    return 1 / (1 + np.exp(-np.clip(log_odds.astype(np.float64), -500, 500)))
