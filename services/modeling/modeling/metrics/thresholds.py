"""A binary model by threshold and by rank: confusion counts, gain, and the histogram of its predictions."""

from __future__ import annotations

import numpy as np

from contracts.messages.evaluation import CountedValues, GainCurve, ThresholdCurve, ValueHistogram
from modeling.metrics.binary import Cells
from sources.arrays import Array

SCORE_EDGES: Array = np.arange(51) / 50
"""Edges of the histograms of probabilities."""
MOST_RANKS = 100
_EVEN: Array = np.arange(101) / 100


def threshold_curve(cells: Cells) -> ThresholdCurve | None:
    """Count the rows, unweighted, at or above each of at most 201 thresholds; None without rows.

    Hundredths are what a person names; quantiles of the predictions tell apart the rows of a rare label, all close to 0.
    """
    if not cells.rows:
        return None
    positives, negatives = cells.row_counts
    ends = np.cumsum(positives + negatives)
    ranked = cells.scores[np.searchsorted(ends, np.linspace(1, ends[-1], MOST_RANKS))]
    thresholds = np.unique(np.concatenate([_EVEN, ranked.clip(0, 1)]))
    below = np.searchsorted(cells.scores, thresholds)
    return ThresholdCurve(
        rows=[int(negatives.sum()), int(positives.sum())],
        thresholds=thresholds.tolist(),
        false_positives=_from(negatives, below),
        true_positives=_from(positives, below),
    )


def _from(counts: Array, begins: Array) -> list[int]:
    """Return the sums of the counts from each index to the end."""
    sums = np.concatenate([np.cumsum(counts[::-1])[::-1], [0.0]])
    return sums[begins].astype(np.int64).tolist()


def gain_curve(cells: Cells) -> GainCurve | None:
    """Return the shares of the positives by share of the rows, highest predictions first; None without a positive row.

    Shares are weighted where rows have weights. Equal predictions are one step, since nothing orders their rows.
    """
    positives, rows = cells.positives[::-1], (cells.positives + cells.negatives)[::-1]
    if not positives.sum():
        return None
    taken = np.cumsum(rows) / rows.sum()
    gained = np.cumsum(positives) / positives.sum()
    wanted = np.unique(np.searchsorted(taken, np.linspace(0, 1, MOST_RANKS + 1)[1:]).clip(0, len(taken) - 1))
    return GainCurve(rows=taken[wanted].tolist(), positives=gained[wanted].tolist())


def score_histogram(cells: Cells) -> ValueHistogram | None:
    """Count the rows of either label, unweighted, by prediction; None without rows."""
    if not cells.rows:
        return None
    positives, negatives = cells.row_counts
    groups = [
        CountedValues(name=name, counts=np.histogram(cells.scores, SCORE_EDGES, weights=counts)[0].astype(int).tolist())
        for name, counts in (("0", negatives), ("1", positives))
    ]
    return ValueHistogram(edges=SCORE_EDGES.tolist(), groups=groups)
