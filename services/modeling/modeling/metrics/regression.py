"""The metrics of numeric labels, from sums over rows."""

from __future__ import annotations

import numpy as np

from contracts.messages.metrics import MetricName, RegressionMetrics
from sources.arrays import Array


def row_sums(labels: Array, predictions: Array, weights: Array | None = None) -> Array:
    """Return what each row adds to the sums, float64 [rows, 7].

    1, |error|, error², label, label², labels centered; and for labels other than 0, 1 and |error / label|.

    Centering changes no metric, and keeps the variance of labels far from 0 exact. A row adds as much as its weight, if any: one
    of weight 0 adds nothing, however far its label is from the others.
    """
    truth = labels.astype(np.float64)
    error = predictions.astype(np.float64) - truth
    weighs = np.ones(len(truth), np.bool_) if weights is None else weights > 0
    moved = truth - (
        np.average(truth[weighs], weights=None if weights is None else weights[weighs]) if weighs.any() else 0.0
    )
    nonzero = (truth != 0) & weighs
    with np.errstate(over="ignore"):
        relative = np.abs(np.divide(error, truth, out=np.zeros(len(truth)), where=nonzero))
    sums = np.stack([np.ones(len(error)), np.abs(error), error**2, moved, moved**2, nonzero, relative], axis=1)
    return sums if weights is None else sums * weights.astype(np.float64)[:, np.newaxis]


def metric_values(sums: Array) -> dict[MetricName, Array]:
    """Return each metric, [...], from sums [..., 7]; NaN where undefined, as R² for labels that are all equal."""
    rows, absolute, squared, label, label_squared, nonzero, relative = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scatter = label_squared - label**2 / rows
        varies = scatter > np.finfo(np.float64).eps * label_squared
        return {
            "mae": absolute / rows,
            "rmse": np.sqrt(squared / rows),
            "r2": np.where(varies, 1 - squared / scatter, np.nan),
            "mape": relative / nonzero,
        }


def regression_metrics(labels: Array, predictions: Array, weights: Array | None = None) -> RegressionMetrics:
    """Return the metrics of one set of rows, which may be empty; all float64 [rows]."""
    values = metric_values(row_sums(labels, predictions, weights).sum(axis=0))
    return RegressionMetrics(
        rows=len(labels),
        mae=_finite(values["mae"]),
        rmse=_finite(values["rmse"]),
        r2=_finite(values["r2"]),
        mape=_finite(values["mape"]),
        zero_labels=int((labels == 0).sum()),
    )


def _finite(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
