"""Propose a scale for numbers with heavy tails, which mean and deviation fit badly: a few values would dominate both.

| the largest distance from the mean, in deviations, and the kurtosis of the logarithms | proposed |
|---|---|
| below `FARTHEST` | nothing |
| logarithms have a fraction of the numbers' kurtosis | `log1p` |
| else | a clip of the last thousandths |
"""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.messages.schemas import Flag
from preprocessing.proposals.sampled_columns import Column
from sources.arrays import Float64s

FARTHEST = 10.0
"""Deviations from the mean, from which on a tail is heavy. The farthest of a million rows of a normal distribution is at 5."""
LESS = 0.25
"""Maximum ratio of the logarithms' kurtosis to that of the numbers, at which the logarithm is proposed."""
LARGE = 10.0
"""The 99th percentile of absolute values below which log1p changes little."""
CLIP = [0.001, 0.999]
FEWEST_ROWS = 1000
"""Fewer rows do not tell the last thousandths."""
FEWEST_VALUES = 20
"""Of fewer values the rare ones are far from the mean because they are rare, as the ones of a flag."""


def tail_options(column: Column) -> tuple[dict[str, Any], Flag | None]:
    """Return the option of a numeric feature with a heavy tail, and its flag; neither for another."""
    known = np.isfinite(column.numbers)
    numbers, counts = column.numbers[known], column.counts[known].astype(np.float64)
    if len(numbers) < FEWEST_VALUES or counts.sum() < FEWEST_ROWS:
        return {}, None
    farthest, kurtosis = _shape(numbers, counts)
    if farthest < FARTHEST:
        return {}, None
    sizes = np.abs(numbers)
    _, of_logs = _shape(np.copysign(np.log1p(sizes), numbers), counts)
    low, high = (_quantile(numbers, counts, share) for share in CLIP)
    if _quantile(sizes, counts, 0.99) >= LARGE and of_logs <= LESS * kurtosis:
        options: dict[str, Any] = {"scale": "log1p"}
    elif low < high:
        options = {"clip": CLIP}
    else:
        return {}, None
    name, value = next(iter(options.items()))
    reason = (
        f"the farthest value is {farthest:,.0f} deviations from the mean: proposed with {name} {value}, so that a few values do "
        "not dominate how all are scaled; leave it out if these matter most"
    )
    evidence = {"min": float(numbers.min()), "max": float(numbers.max()), "deviations": round(farthest, 1)}
    return options, Flag(column=column.name, kind="heavy_tail", reason=reason, evidence=evidence)


def _shape(numbers: Float64s, counts: Float64s) -> tuple[float, float]:
    """Return the largest distance from the mean in deviations, and the kurtosis; 0 and 0 for a constant."""
    rows = counts.sum()
    apart = numbers - (numbers * counts).sum() / rows
    variance = float((apart**2 * counts).sum() / rows)
    if not variance > 0:
        return 0.0, 0.0
    return float(np.abs(apart).max() / variance**0.5), float((apart**4 * counts).sum() / rows / variance**2)


def _quantile(numbers: Float64s, counts: Float64s, share: float) -> float:
    """Return the smallest number that is not below a share of the rows."""
    order = np.argsort(numbers)
    return float(numbers[order][np.searchsorted(np.cumsum(counts[order]), share * counts.sum())])
