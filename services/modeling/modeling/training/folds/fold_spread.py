"""Mean, standard deviation and interval of metrics over folds.

The models of k folds share most of their training rows, so their metrics are not independent, and s / sqrt(k) is too small an
error of their mean. It is corrected as Nadeau and Bengio (Inference for the Generalization Error, 2003) do, by the quotient of
held-out and training rows: s · sqrt(1/k + 1/(k - 1)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.folds.results import FoldMetric
from contracts.messages.metrics import Interval, MetricName, Metrics

STUDENT_T = (
    *(12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139),
    *(2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024),
)
"""The 97.5 % quantiles of Student's t with 1 to 19 degrees of freedom."""


_UNBOUNDED: frozenset[MetricName] = frozenset({"log_loss", "mae", "rmse", "mape"})


def metrics_of_folds(kind: LabelKind, folds: Sequence[Metrics]) -> dict[MetricName, FoldMetric]:
    """Return each metric that is defined in all folds, of which there are 2 to 20."""
    values: dict[MetricName, list[float | None]] = {
        name: [getattr(metrics, name) for metrics in folds] for name in label_traits(kind).metrics
    }
    spreads: dict[MetricName, FoldMetric] = {}
    for name, of_folds in values.items():
        defined = [value for value in of_folds if value is not None]
        if len(defined) == len(folds):
            spreads[name] = fold_metric(defined, *_range(name))
    return spreads


def fold_metric(values: Sequence[float], lowest: float = -math.inf, highest: float = math.inf) -> FoldMetric:
    """Return mean and spread of one value per fold. The interval ends where no value can be: at `lowest` and `highest`."""
    count = len(values)
    mean, std = float(np.mean(values)), float(np.std(values, ddof=1))
    error = std * (1 / count + 1 / (count - 1)) ** 0.5
    width = STUDENT_T[count - 2] * error
    interval = Interval(low=max(mean - width, lowest), high=min(mean + width, highest))
    return FoldMetric(mean=mean, std=std, standard_error=error, interval=interval)


def _range(name: MetricName) -> tuple[float, float]:
    return -math.inf if name == "r2" else 0.0, math.inf if name in _UNBOUNDED else 1.0
