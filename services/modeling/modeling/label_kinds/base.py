"""The questions that a kind of label answers to training, evaluation and protocols. No TensorFlow here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contracts.classes import ClassName
from contracts.errors import InvalidRequest
from contracts.messages.evaluation import (
    CalibrationBin,
    ClassAuc,
    ClassCalibration,
    GainCurve,
    PrecisionRecallCurve,
    RegressionErrors,
    RocCurve,
    ThresholdCurve,
    ValueHistogram,
)
from contracts.messages.metrics import Confusion, Interval, MetricName, Metrics
from contracts.messages.output_names import PREDICTIONS
from contracts.statistics import AnyLabelStatistics
from modeling.label_kinds.operations import LinkOperations, LossOperations
from sources.arrays import Array

EpochMetric = Literal["auc", "accuracy", "rmse", "mae"]
"""Metrics that are reported after each epoch: fields of `EpochRecord`."""

Results = Callable[[Mapping[str, Array]], list[Any]]
"""From a version's outputs by name to one result per row."""


@dataclass(frozen=True)
class TrainingLabels:
    """Parameters of the training split's labels, known before training."""

    baseline: float | list[float]
    """Constant prediction for comparison: the mean label, or each class's share."""
    classes: tuple[ClassName, ...] = ()
    """Of a label that has classes, in the order of ids."""
    center: float = 0.0
    deviation: float = 1.0
    """Mean and standard deviation of a label that is learned in its own units."""
    quantiles: tuple[float, ...] = ()
    """Levels that are learned of such a label, ascending; empty: its mean alone."""


@dataclass(frozen=True)
class Temperature:
    """A correction of probabilities: the network's outputs are divided by `value` as distances from `fixed`.

    `fixed`: the output that stays, one number for each output of the network.
    """

    value: float
    fixed: tuple[float, ...]


@dataclass(frozen=True)
class Plots:
    """Curves of predictions on the test split; empty for a kind of label that has none."""

    roc: RocCurve | None = None
    precision_recall: PrecisionRecallCurve | None = None
    calibration: tuple[CalibrationBin, ...] = ()
    thresholds: ThresholdCurve | None = None
    gain: GainCurve | None = None
    scores: ValueHistogram | None = None
    class_calibration: tuple[ClassCalibration, ...] = ()
    class_auc: tuple[ClassAuc, ...] = ()
    errors: RegressionErrors | None = None


@dataclass(frozen=True)
class RowMeans:
    """The values whose means over rows are metrics, float64 [rows] each; of those in `roots`, the metric is the mean's root."""

    values: dict[MetricName, Array]
    roots: frozenset[MetricName] = frozenset()


class LabelsOfKind(ABC):
    """Labels of one kind; it has no state.

    Where nothing else is stated, labels are float32 [rows] (float64 of a regression), predictions float64 [rows], or [rows,
    classes] of a label that has classes, and `weights`, [rows], weigh the rows; None: all alike.
    """

    # Training

    @abstractmethod
    def describe(self, statistics: AnyLabelStatistics, dataset: str) -> TrainingLabels:
        """Return what training needs to know of the training split's labels. Raises `UnusableLabel` if all are equal."""

    def class_counts(self, statistics: AnyLabelStatistics) -> dict[str, int]:
        """Return the rows of each class by name, in the order of ids. Raises `InvalidRequest`, the default, without classes."""
        del statistics
        raise InvalidRequest("a label that is a number has no classes", pointer="/class_weights")

    @abstractmethod
    def link(self, output: Any, labels: TrainingLabels, operations: LinkOperations) -> Any:
        """Return predictions from the network's output: [batch], or [batch, classes] of a label that has classes."""

    def learned(self, truth: Any, labels: TrainingLabels, operations: LossOperations) -> Any:
        """Return what the network learns of true labels, float32 [batch]: by default the labels."""
        del labels, operations
        return truth

    @abstractmethod
    def loss(self, learned: Any, output: Any, operations: LossOperations) -> Any:
        """Return the loss of each row, [batch], from what `learned` returns and the network's output."""

    def unlinked(self, prediction: Array) -> Array:
        """Return the network's output, [outputs], whose prediction is a probability of 1, or one of each class.

        Raises `TypeError`, the default, for a label without probabilities.
        """
        raise TypeError(f"{prediction} is not a probability")

    @property
    @abstractmethod
    def epoch_metrics(self) -> tuple[EpochMetric, ...]:
        """Return the metrics that are reported after each epoch."""

    # Evaluation

    @abstractmethod
    def score(self, labels: Array, predictions: Array, weights: Array | None = None) -> Metrics:
        """Return the metrics of some rows, which may be empty."""

    @abstractmethod
    def intervals(
        self, labels: Array, predictions: Array, weights: Array | None, seed: int
    ) -> dict[MetricName, Interval]:
        """Return confidence intervals of the metrics that have one."""

    def confidence(self, labels: Array, predictions: Array) -> tuple[Array, Array]:
        """Return events, 0 or 1 [rows], and their predicted probabilities: calibrated, their means agree.

        Raises `TypeError`, the default, for a label without probabilities.
        """
        raise TypeError(f"{len(labels)} predictions, {predictions.dtype}, are not probabilities")

    def confusion(self, labels: Array, predictions: Array, classes: Sequence[str]) -> Confusion | None:
        """Count rows by label and prediction; None, the default, where there is nothing to count."""
        del labels, predictions, classes
        return None

    @abstractmethod
    def row_means(self, labels: Array, predictions: Array) -> RowMeans:
        """Return the values of each row whose means are metrics."""

    @abstractmethod
    def plots(
        self, labels: Array, predictions: Array, weights: Array | None = None, classes: Sequence[str] = ()
    ) -> Plots:
        """Return the curves of the predictions. `classes`: the names of a label that has classes."""

    # Protocols

    def class_scores(self, classes: Sequence[ClassName]) -> Results:
        """Return what `:classify` replies per row: pairs of class and score, in the order of ids.

        Raises `InvalidRequest`, the default, for a label that is a number.
        """
        del classes
        raise InvalidRequest("this model predicts numbers, and no classes; ask it by `:regress` or `:predict`")

    def numbers(self) -> Results:
        """Return what `:regress` replies per row: by default the prediction. Raises `InvalidRequest` without numbers."""
        return lambda outputs: outputs[PREDICTIONS].tolist()
