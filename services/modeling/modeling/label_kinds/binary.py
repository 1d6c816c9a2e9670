"""Binary labels: the network's output is log-odds, the prediction the probability of 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from contracts.classes import ClassName
from contracts.errors import UnusableLabel
from contracts.messages.metrics import BinaryMetrics, Confusion, Interval, MetricName
from contracts.messages.output_names import PREDICTIONS
from contracts.statistics import AnyLabelStatistics, LabelStatistics
from modeling.label_kinds.base import EpochMetric, LabelsOfKind, Plots, Results, RowMeans, TrainingLabels
from modeling.label_kinds.operations import LinkOperations, LossOperations
from modeling.metrics import binary, confidence_intervals, curves, thresholds
from modeling.metrics.calibration_error import calibration_error, calibration_interval
from sources.arrays import Array


class BinaryLabels(LabelsOfKind):
    """Labels of 0 and 1."""

    def describe(self, statistics: AnyLabelStatistics, dataset: str) -> TrainingLabels:
        """Return the share of 1s as the baseline."""
        assert isinstance(statistics, LabelStatistics)
        if statistics.positives in (0, statistics.count):
            only = int(statistics.mean)
            raise UnusableLabel(
                f"every label in the training split of dataset {dataset!r} is {only}", pointer="/dataset"
            )
        return TrainingLabels(statistics.mean)

    def class_counts(self, statistics: AnyLabelStatistics) -> dict[str, int]:
        """Return the rows of "0" and of "1"."""
        assert isinstance(statistics, LabelStatistics)
        return {"0": statistics.count - statistics.positives, "1": statistics.positives}

    def link(self, output: Any, labels: TrainingLabels, operations: LinkOperations) -> Any:
        """Return the probability of 1 from log-odds."""
        del labels
        return operations.sigmoid(output)

    def loss(self, learned: Any, output: Any, operations: LossOperations) -> Any:
        """Return the cross-entropy."""
        return operations.sigmoid_cross_entropy(learned, output)

    def unlinked(self, prediction: Array) -> Array:
        """Return log-odds."""
        return np.log(prediction / (1 - prediction)).reshape(1)

    @property
    def epoch_metrics(self) -> tuple[EpochMetric, ...]:
        """Return the area under the ROC curve."""
        return ("auc",)

    def score(self, labels: Array, predictions: Array, weights: Array | None = None) -> BinaryMetrics:
        """Return the metrics of probabilities."""
        error = calibration_error(labels, predictions, weights)
        return binary.binary_metrics(binary.Cells.of(labels, predictions, weights), error)

    def intervals(
        self, labels: Array, predictions: Array, weights: Array | None, seed: int
    ) -> dict[MetricName, Interval]:
        """Return the interval of every metric that is defined."""
        intervals = confidence_intervals.binary_intervals(binary.Cells.of(labels, predictions, weights), seed)
        of_calibration = calibration_interval(labels, predictions, weights)
        return intervals if of_calibration is None else {**intervals, "ece": of_calibration}

    def confidence(self, labels: Array, predictions: Array) -> tuple[Array, Array]:
        """Return the labels and the probabilities of 1."""
        return labels, predictions

    def confusion(self, labels: Array, predictions: Array, classes: Sequence[str]) -> Confusion | None:
        """Count rows by label and by side of 0.5."""
        del classes
        return binary.confusion(binary.Cells.of(labels, predictions))

    def row_means(self, labels: Array, predictions: Array) -> RowMeans:
        """Return log loss, accuracy and Brier score of each row."""
        truth = labels > 0
        return RowMeans(
            {
                name: np.where(truth, of_positive, of_negative)
                for name, (of_positive, of_negative) in binary.row_losses(predictions.astype(np.float64)).items()
            }
        )

    def plots(
        self, labels: Array, predictions: Array, weights: Array | None = None, classes: Sequence[str] = ()
    ) -> Plots:
        """Return ROC, precision-recall, calibration, thresholds, gain and the histogram of the predictions."""
        del classes
        cells = binary.Cells.of(labels, predictions, weights)
        return Plots(
            curves.roc_curve(cells),
            curves.precision_recall_curve(cells),
            tuple(curves.calibration(cells)),
            thresholds=thresholds.threshold_curve(cells),
            gain=thresholds.gain_curve(cells),
            scores=thresholds.score_histogram(cells),
        )

    def class_scores(self, classes: Sequence[ClassName]) -> Results:
        """Return the probabilities of "0" and of "1"."""
        del classes
        return _scores


def _scores(outputs: Mapping[str, Array]) -> list[Any]:
    positive = outputs[PREDICTIONS]
    negative = np.float32(1) - positive
    return [[["0", no], ["1", yes]] for no, yes in zip(negative.tolist(), positive.tolist(), strict=True)]
