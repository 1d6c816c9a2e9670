"""Labels that are numbers: the network's output is the label in training deviations from the training mean.

A network learns a number around 0 of size 1, so that one learning rate fits labels of any unit; metrics and exported predictions
are in the label's own unit. Labels are float64 until they are centred and scaled, and predictions are float64 again, so that an
offset costs no digits (1e9 + N(0, 1)) and no unit is too large (1e20).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from contracts.errors import UnusableLabel
from contracts.messages.metrics import Interval, MetricName, RegressionMetrics
from contracts.statistics import AnyLabelStatistics, NumberLabelStatistics
from modeling.label_kinds.base import EpochMetric, LabelsOfKind, Plots, RowMeans, TrainingLabels
from modeling.label_kinds.operations import LinkOperations, LossOperations
from modeling.metrics import confidence_intervals, regression, regression_errors
from sources.arrays import Array

FARTHEST = 1e15
"""Deviations from the mean that the loss tells apart: squares of float32s beyond could not be added up. No label of the training
split is as far, but one of the validation split may be."""


class RegressionLabels(LabelsOfKind):
    """Labels that are any finite number."""

    def describe(self, statistics: AnyLabelStatistics, dataset: str) -> TrainingLabels:
        """Return mean and deviation; the mean is the baseline."""
        assert isinstance(statistics, NumberLabelStatistics)
        numbers = statistics.numbers
        if numbers.mean is None or not numbers.std:
            raise UnusableLabel(
                f"every label in the training split of dataset {dataset!r} is {numbers.mean}", pointer="/dataset"
            )
        return TrainingLabels(numbers.mean, center=numbers.mean, deviation=numbers.std)

    def link(self, output: Any, labels: TrainingLabels, operations: LinkOperations) -> Any:
        """Return the number in the label's own unit."""
        del operations
        return labels.center + labels.deviation * output

    def learned(self, truth: Any, labels: TrainingLabels, operations: LossOperations) -> Any:
        """Return float64 labels as float32 deviations from the mean, at most `FARTHEST`."""
        return operations.float32(operations.clip((truth - labels.center) / labels.deviation, FARTHEST))

    def loss(self, learned: Any, output: Any, operations: LossOperations) -> Any:
        """Return the squared error in deviations: 1 on average for a network that always predicts the mean."""
        return operations.square(learned - output)

    @property
    def epoch_metrics(self) -> tuple[EpochMetric, ...]:
        """Return both errors in the label's own unit."""
        return ("rmse", "mae")

    def score(self, labels: Array, predictions: Array, weights: Array | None = None) -> RegressionMetrics:
        """Return the metrics of numbers."""
        return regression.regression_metrics(labels, predictions, weights)

    def intervals(
        self, labels: Array, predictions: Array, weights: Array | None, seed: int
    ) -> dict[MetricName, Interval]:
        """Return the interval of every metric that is defined."""
        sums = regression.row_sums(labels, predictions, weights)
        return confidence_intervals.sum_intervals(sums, regression.metric_values, seed)

    def row_means(self, labels: Array, predictions: Array) -> RowMeans:
        """Return the absolute and the squared error of each row."""
        error = predictions.astype(np.float64) - labels.astype(np.float64)
        return RowMeans({"mae": np.abs(error), "rmse": error**2}, frozenset({"rmse"}))

    def plots(
        self, labels: Array, predictions: Array, weights: Array | None = None, classes: Sequence[str] = ()
    ) -> Plots:
        """Return predictions against labels, and the errors."""
        del weights, classes
        return Plots(errors=regression_errors.regression_errors(labels, predictions))
