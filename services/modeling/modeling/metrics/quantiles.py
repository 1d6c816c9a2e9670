"""Predicted quantiles: pinball loss, and the coverage of the intervals between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.messages.evaluation import QuantileCoverage, QuantileEvaluation, QuantileFit
from modeling.metrics.confidence_intervals import sum_intervals
from sources.arrays import Array


def pinball_losses(levels: Sequence[float], labels: Array, quantiles: Array) -> Array:
    """Return the loss of each quantile of each row, float64 [rows, levels]; `quantiles` has that shape, too."""
    above = labels.astype(np.float64)[:, np.newaxis] - quantiles
    shares = np.asarray(levels)
    return np.maximum(shares * above, (shares - 1) * above)


def evaluate_quantiles(
    levels: Sequence[float], labels: Array, quantiles: Array, weights: Array | None, seed: int
) -> QuantileEvaluation | None:
    """Return loss and coverage, with intervals; None where no row weighs anything."""
    if not len(labels) or (weights is not None and not weights.any()):
        return None
    truth = labels.astype(np.float64)[:, np.newaxis]
    pairs = [(low, len(levels) - 1 - low) for low in range(len(levels) // 2)]
    losses = pinball_losses(levels, labels, quantiles)
    columns: dict[str, Array] = {"loss": losses.mean(axis=1)}
    for index in range(len(levels)):
        columns[f"loss {index}"] = losses[:, index]
        columns[f"below {index}"] = truth[:, 0] <= quantiles[:, index]
    for low, high in pairs:
        columns[f"inside {low}"] = (quantiles[:, low] <= truth[:, 0]) & (truth[:, 0] <= quantiles[:, high])
        columns[f"width {low}"] = quantiles[:, high] - quantiles[:, low]
    sums = np.stack([np.ones(len(labels)), *columns.values()], axis=1).astype(np.float64)
    if weights is not None:
        sums *= weights.astype(np.float64)[:, np.newaxis]

    def values(totals: Array) -> dict[str, Array]:
        rows, *parts = np.moveaxis(totals, -1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return {name: part / rows for name, part in zip(columns, parts, strict=True)}

    means = {name: float(value) for name, value in values(sums.sum(axis=0)).items()}
    intervals = sum_intervals(sums, values, seed)
    return QuantileEvaluation(
        pinball_loss=means["loss"],
        pinball_interval=intervals["loss"],
        quantiles=[
            QuantileFit(
                level=level,
                pinball_loss=means[f"loss {index}"],
                pinball_interval=intervals[f"loss {index}"],
                below=means[f"below {index}"],
                below_interval=intervals[f"below {index}"],
            )
            for index, level in enumerate(levels)
        ],
        coverages=[
            QuantileCoverage(
                low=levels[low],
                high=levels[high],
                nominal=levels[high] - levels[low],
                coverage=means[f"inside {low}"],
                interval=intervals[f"inside {low}"],
                width=means[f"width {low}"],
            )
            for low, high in pairs
        ],
    )
