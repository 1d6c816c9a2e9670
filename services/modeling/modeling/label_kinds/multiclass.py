"""Labels of several classes: the network's output is a score per class, the prediction each class's probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from contracts.classes import ClassName
from contracts.errors import InvalidRequest, UnusableLabel
from contracts.messages.metrics import Confusion, Interval, MetricName, MulticlassMetrics
from contracts.messages.output_names import PROBABILITIES
from contracts.statistics import AnyLabelStatistics, ClassLabelStatistics
from modeling.label_kinds.base import EpochMetric, LabelsOfKind, Plots, Results, RowMeans, TrainingLabels
from modeling.label_kinds.operations import LinkOperations, LossOperations
from modeling.metrics import class_auc, confidence_intervals, multiclass
from modeling.metrics.calibration_error import calibration_interval
from sources.arrays import Array


class MulticlassLabels(LabelsOfKind):
    """Labels that are class ids."""

    def describe(self, statistics: AnyLabelStatistics, dataset: str) -> TrainingLabels:
        """Return the classes, and the share of each as the baseline."""
        assert isinstance(statistics, ClassLabelStatistics)
        if len(statistics.classes) < 2:
            raise UnusableLabel(
                f"every label in the training split of dataset {dataset!r} is {statistics.names[0]!r}",
                pointer="/dataset",
            )
        shares = [value.count / statistics.count for value in statistics.classes]
        return TrainingLabels(shares, tuple(statistics.names))

    def class_counts(self, statistics: AnyLabelStatistics) -> dict[str, int]:
        """Return the rows of each class."""
        assert isinstance(statistics, ClassLabelStatistics)
        return {str(value.value): value.count for value in statistics.classes}

    def link(self, output: Any, labels: TrainingLabels, operations: LinkOperations) -> Any:
        """Return each class's probability."""
        del labels
        return operations.softmax(output)

    def loss(self, learned: Any, output: Any, operations: LossOperations) -> Any:
        """Return the cross-entropy of the softmax."""
        return operations.softmax_cross_entropy(learned, output)

    def unlinked(self, prediction: Array) -> Array:
        """Return scores: the logarithms."""
        return np.log(prediction)

    @property
    def epoch_metrics(self) -> tuple[EpochMetric, ...]:
        """Return the share of rows whose most probable class is the true one."""
        return ("accuracy",)

    def score(self, labels: Array, predictions: Array, weights: Array | None = None) -> MulticlassMetrics:
        """Return the metrics of probabilities."""
        return multiclass.multiclass_metrics(labels.astype(np.int64), predictions, weights)

    def intervals(
        self, labels: Array, predictions: Array, weights: Array | None, seed: int
    ) -> dict[MetricName, Interval]:
        """Return the intervals of the calibration error and of the metrics that are means over rows."""
        sums = multiclass.row_sums(labels.astype(np.int64), predictions, weights)
        intervals = confidence_intervals.sum_intervals(sums, multiclass.metric_values, seed)
        of_calibration = calibration_interval(*self.confidence(labels, predictions), weights)
        return intervals if of_calibration is None else {**intervals, "ece": of_calibration}

    def confidence(self, labels: Array, predictions: Array) -> tuple[Array, Array]:
        """Return whether the most probable class is the true one, and its probability."""
        return multiclass.confidence(labels.astype(np.int64), predictions)

    def confusion(self, labels: Array, predictions: Array, classes: Sequence[str]) -> Confusion | None:
        """Count rows by true and most probable class."""
        return multiclass.confusion(labels, predictions, list(classes))

    def row_means(self, labels: Array, predictions: Array) -> RowMeans:
        """Return log loss, accuracy and any top-k accuracy of each row."""
        return RowMeans(multiclass.metric_values(multiclass.row_sums(labels.astype(np.int64), predictions)))

    def plots(
        self, labels: Array, predictions: Array, weights: Array | None = None, classes: Sequence[str] = ()
    ) -> Plots:
        """Return the histogram of the greatest probability, and calibration and AUC of each class."""
        ids = labels.astype(np.int64)
        return Plots(
            scores=multiclass.confidence_histogram(ids, predictions),
            class_calibration=tuple(multiclass.class_calibration(ids, predictions, classes, weights)),
            class_auc=tuple(class_auc.class_aucs(ids, predictions, classes, weights)),
        )

    def class_scores(self, classes: Sequence[ClassName]) -> Results:
        """Return the probability of each class, by its name."""
        names = [str(name) for name in classes]

        def scores(outputs: Mapping[str, Array]) -> list[Any]:
            return [
                [[name, score] for name, score in zip(names, row, strict=True)]
                for row in outputs[PROBABILITIES].tolist()
            ]

        return scores

    def numbers(self) -> Results:
        """Raise `InvalidRequest`: a class is no number."""
        raise InvalidRequest("this model predicts classes, and no number; ask it by `:classify` or `:predict`")
