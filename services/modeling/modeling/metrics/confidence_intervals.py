"""95 % confidence intervals of metrics by resampling.

The percentile bootstrap (Efron and Tibshirani 1993, chapter 13): rows are resampled with replacement, a thousand times, and the
middle 95 % of the resampled metrics are the interval. Drawing n rows from n is drawing from a multinomial distribution over
groups of rows that count alike, so the cost is bounded by the number of groups, for any n:

- binary labels: rows of equal score and label are alike; past 1,024 scores, neighbouring ones are merged, and the interval
  is shifted by what that changes in the metric itself; where rows have weights, alike ones count by the mean of theirs
- other labels: rows are dealt into at most 2,000 groups at random, whose sums are drawn instead of rows
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from contracts.messages.metrics import Interval, MetricName
from modeling.metrics.binary import Cells, metric_values
from sources.arrays import Array

REPLICATES = 1000
MOST_CELLS = 1024
MOST_GROUPS = 2000
_AT_ONCE = 50

_Name = TypeVar("_Name", bound=str)


def binary_intervals(cells: Cells, seed: int) -> dict[MetricName, Interval]:
    """Return the interval of each metric that is defined; none without rows."""
    if not cells.rows:
        return {}
    coarse = cells.coarsen(MOST_CELLS)
    width = len(coarse.scores)

    counts = np.concatenate(coarse.row_counts)
    weights = np.concatenate([coarse.positives, coarse.negatives]) / np.maximum(counts, 1)

    def values(drawn: Array) -> dict[MetricName, Array]:
        weighted = drawn * weights if coarse.counted else drawn
        return metric_values(coarse.with_counts(weighted[:, :width], weighted[:, width:]))

    exact, rough = metric_values(cells), metric_values(coarse)
    shift: dict[MetricName, float] = {name: float(exact[name] - rough[name]) for name in exact}
    return _intervals(counts, values, exact, shift, seed)


def sum_intervals(sums: Array, values: Callable[[Array], dict[_Name, Array]], seed: int) -> dict[_Name, Interval]:
    """Return intervals of metrics of sums over rows. `sums`: added per row, [rows, sums]; `values`: [..., sums] to metrics."""
    if not len(sums):
        return {}
    generator = np.random.default_rng(seed)
    if len(sums) > MOST_GROUPS:
        begins = np.linspace(0, len(sums), MOST_GROUPS, endpoint=False).astype(np.int64)
        sums = np.add.reduceat(sums[generator.permutation(len(sums))], begins, axis=0)
    return _intervals(np.ones(len(sums)), lambda drawn: values(drawn @ sums), values(sums.sum(axis=0)), {}, seed)


def _intervals(
    counts: Array,
    values: Callable[[Array], dict[_Name, Array]],
    exact: dict[_Name, Array],
    shift: dict[_Name, float],
    seed: int,
) -> dict[_Name, Interval]:
    generator = np.random.default_rng(seed)
    there = np.flatnonzero(counts)
    rows = int(counts.sum())
    replicates: list[dict[_Name, Array]] = []
    for begin in range(0, REPLICATES, _AT_ONCE):
        drawn = np.zeros((min(_AT_ONCE, REPLICATES - begin), len(counts)))
        drawn[:, there] = generator.multinomial(rows, counts[there] / rows, len(drawn))
        replicates.append(values(drawn))
    intervals: dict[_Name, Interval] = {}
    for name, value in exact.items():
        sample = np.concatenate([replicate[name] for replicate in replicates])
        sample = sample[np.isfinite(sample)]
        if np.isfinite(value) and len(sample):
            low, high = np.percentile(sample, [2.5, 97.5]) + shift.get(name, 0.0)
            intervals[name] = Interval(low=float(low), high=float(high))
    return intervals
