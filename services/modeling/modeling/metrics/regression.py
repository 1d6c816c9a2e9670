"""The metrics of numeric labels, from sums over rows."""

from __future__ import annotations

import numpy as np

from contracts.messages.metrics import MetricName, RegressionMetrics
from sources.arrays import Array


def row_sums(labels: Array, predictions: Array, weights: Array | None = None) -> Array:
    """Return what each row adds to the sums, float64 [rows, 5]: 1, |error|, error², label, label², labels centered.

    Centering changes no metric, and keeps the variance of labels far from 0 exact. A row adds as much as its weight, if any: one
    of weight 0 adds nothing, however far its label is from the others.
    """
    truth = labels.astype(np.float64)
    error = predictions.astype(np.float64) - truth
    weighs = np.ones(len(truth), np.bool_) if weights is None else weights > 0
    moved = truth - (
        np.average(truth[weighs], weights=None if weights is None else weights[weighs]) if weighs.any() else 0.0
    )
    sums = np.stack([np.ones(len(error)), np.abs(error), error**2, moved, moved**2], axis=1)
    return sums if weights is None else sums * weights.astype(np.float64)[:, np.newaxis]


def metric_values(sums: Array) -> dict[MetricName, Array]:
    """Return each metric, [...], from sums [..., 5]; NaN where undefined, as R² for labels that are all equal."""
    rows, absolute, squared, label, label_squared = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scatter = label_squared - label**2 / rows
        varies = scatter > np.finfo(np.float64).eps * label_squared
        return {
            "mae": absolute / rows,
            "rmse": np.sqrt(squared / rows),
            "r2": np.where(varies, 1 - squared / scatter, np.nan),
        }


def regression_metrics(sums: Array) -> RegressionMetrics:
    """Return the metrics of one set of rows, which may be empty, from `row_sums`."""
    values = metric_values(sums.sum(axis=0))
    return RegressionMetrics(
        rows=len(sums), mae=_finite(values["mae"]), rmse=_finite(values["rmse"]), r2=_finite(values["r2"])
    )


def _finite(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
