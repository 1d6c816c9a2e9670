"""The objective by the kind of the label: width and meaning of a network's output, and the loss.

| kind | network's output | loss | prediction |
|---|---|---|---|
| binary | log-odds [batch] | cross-entropy | `predictions`: probability of 1 |
| multiclass | a score per class [batch, classes] | cross-entropy of their softmax | `probabilities`, `class_id`, `class` |
| regression | the number in training deviations from the training mean [batch] | squared error in deviations | `predictions` |

A regression's network learns a number around 0 of size 1, so that one learning rate fits labels of any unit; metrics and exported
predictions are in the label's own unit. Where rows have weights, a batch's loss is the weighted mean of its rows' losses, so the
scale of the weights does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import keras
import numpy as np
import tensorflow as tf

from contracts.classes import ClassName
from contracts.dataset import Dataset
from contracts.errors import UnusableLabel
from contracts.label_kinds import label_traits
from contracts.output_names import CLASS, CLASS_ID, PREDICTIONS, PROBABILITIES
from contracts.schema import LabelKind
from contracts.statistics import ClassLabelStatistics, LabelStatistics, NumberLabelStatistics
from modeling.metrics.binary import probabilities
from modeling.optimization.class_weights import weights_of_classes
from sources.arrays import Array

_REDUCTION = "mean_with_sample_weight"


@dataclass(frozen=True)
class Target:
    """The label of one training. Make it with `Target.of`."""

    kind: LabelKind
    baseline: float | list[float]
    """Constant prediction for comparison: the mean label, or each class's share, of the training split."""
    classes: tuple[ClassName, ...] = ()
    """Of a multiclass label, in the order of ids."""
    center: float = 0.0
    deviation: float = 1.0
    """Of a regression: mean and deviation of the training labels."""
    class_weights: tuple[float, ...] | None = None
    """By class id: factors of the rows' weights in training."""

    @classmethod
    def of(cls, dataset: Dataset, class_weights: Literal["balanced"] | Mapping[str, float] | None = None) -> Target:
        """Build the objective from the label statistics.

        Raises `UnusableLabel` for an empty split or a constant label, `InvalidRequest` for weights of unknown classes.
        """
        name = dataset.manifest.name
        label = dataset.statistics().splits["train"].label
        if label.count == 0:
            raise UnusableLabel(f"the training split of dataset {name!r} is empty", pointer="/dataset")
        weights = weights_of_classes(label, class_weights)
        match label:
            case LabelStatistics():
                if label.positives in (0, label.count):
                    only = int(label.mean)
                    raise UnusableLabel(
                        f"every label in the training split of dataset {name!r} is {only}", pointer="/dataset"
                    )
                return cls("binary", label.mean, class_weights=weights)
            case ClassLabelStatistics():
                if len(label.classes) < 2:
                    raise UnusableLabel(
                        f"every label in the training split of dataset {name!r} is {label.names[0]!r}",
                        pointer="/dataset",
                    )
                shares = [value.count / label.count for value in label.classes]
                return cls("multiclass", shares, tuple(label.names), class_weights=weights)
            case NumberLabelStatistics():
                numbers = label.numbers
                if numbers.mean is None or not numbers.std:
                    raise UnusableLabel(
                        f"every label in the training split of dataset {name!r} is {numbers.mean}", pointer="/dataset"
                    )
                return cls("regression", numbers.mean, center=numbers.mean, deviation=numbers.std)
            case _:
                assert_never(label)

    @property
    def outputs(self) -> int:
        """Number of outputs of the network per row."""
        return len(self.classes) if label_traits(self.kind).has_classes else 1

    def loss(self) -> keras.losses.Loss:
        """Return the loss of the network's output, given true labels, float32 [batch]."""
        match self.kind:
            case "binary":
                return LogisticLoss()
            case "multiclass":
                return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=_REDUCTION)
            case "regression":
                return StandardizedError(self.center, self.deviation)
            case _:
                assert_never(self.kind)

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return the metrics that training reports, weighted by the rows' weights."""
        match self.kind:
            case "binary":
                return [keras.metrics.AUC(from_logits=True, name="auc")]
            case "multiclass":
                return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
            case "regression":
                return [
                    RootMeanSquared(self.center, self.deviation, "rmse"),
                    MeanAbsolute(self.center, self.deviation, "mae"),
                ]
            case _:
                assert_never(self.kind)

    @tf.autograph.experimental.do_not_convert
    def named_outputs(self, output: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return the outputs of an exported model from the network's output: see the table above.

        `class_id` int64 [rows]; `class` [rows] is its name: int64 where classes are whole numbers, else string.
        """
        match self.kind:
            case "binary":
                return {PREDICTIONS: tf.sigmoid(output)}
            case "multiclass":
                class_ids = tf.argmax(output, axis=1)
                names = tf.constant(self.classes, tf.int64 if isinstance(self.classes[0], int) else tf.string)
                return {PROBABILITIES: tf.nn.softmax(output), CLASS_ID: class_ids, CLASS: tf.gather(names, class_ids)}
            case "regression":
                return {PREDICTIONS: unstandardized(output, self.center, self.deviation)}
            case _:
                assert_never(self.kind)

    def predictions(self, output: Array) -> Array:
        """Return predictions in NumPy, for evaluation: float64 [rows], or float32 [rows, classes]."""
        doubles = output.astype(np.float64)
        match self.kind:
            case "binary":
                return probabilities(doubles)
            case "multiclass":
                powers = np.exp(doubles - doubles.max(axis=1, keepdims=True))
                return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
            case "regression":
                return self.center + self.deviation * doubles
            case _:
                assert_never(self.kind)

    def no_predictions(self) -> Array:
        """Return empty predictions of the right shape."""
        return self.predictions(np.empty((0, self.outputs) if label_traits(self.kind).has_classes else 0, np.float32))

    def weighted(self, batches: Any) -> Any:
        """Return training batches, `(inputs, label)` or `(inputs, label, weight)`, with any class weights applied."""
        if self.class_weights is None:
            return batches
        of_class = tf.constant(self.class_weights, tf.float32)

        def weigh(inputs: Any, label: tf.Tensor, *weight: tf.Tensor) -> Any:
            class_weight = tf.gather(of_class, tf.cast(label, tf.int32))
            return inputs, label, class_weight * weight[0] if weight else class_weight

        return batches.map(weigh)


def unstandardized(output: Any, center: float, deviation: float) -> Any:
    """Convert a regression's output to the label's own unit."""
    return center + deviation * output


class LogisticLoss(keras.losses.Loss):
    """Cross-entropy of log-odds, row by row.

    Keras' own takes the last axis for that of a row's outputs: of [batch] it would take the mean, and only then weigh it.
    """

    def __init__(self) -> None:
        super().__init__(name="logistic_loss", reduction=_REDUCTION)

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Return the loss of each row from labels and log-odds, all float32 [batch]."""
        return tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred)


class StandardizedError(keras.losses.Loss):
    """Squared error in units of the training labels' deviation: 1 for a network that always predicts their mean."""

    def __init__(self, center: float, deviation: float) -> None:
        super().__init__(name="standardized_error", reduction=_REDUCTION)
        self._center, self._deviation = center, deviation

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Return the error of each row, all float32 [batch], `y_pred` in deviations."""
        return tf.square((y_true - self._center) / self._deviation - y_pred)


class MeanAbsolute(keras.metrics.Mean):
    """Mean absolute error in the label's own unit."""

    def __init__(self, center: float, deviation: float, name: str) -> None:
        super().__init__(name=name)
        self._center, self._deviation = center, deviation

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as every metric of truth and prediction
        """Add a batch: labels and outputs as in `StandardizedError.call`."""
        super().update_state(self._of(y_true - unstandardized(y_pred, self._center, self._deviation)), sample_weight)

    def _of(self, error: tf.Tensor) -> tf.Tensor:
        return tf.abs(error)


class RootMeanSquared(MeanAbsolute):
    """Root of the mean squared error in the label's own unit."""

    def _of(self, error: tf.Tensor) -> tf.Tensor:
        return tf.square(error)

    def result(self) -> Any:
        """Return the root over all batches since the last reset."""
        return keras.ops.sqrt(super().result())
