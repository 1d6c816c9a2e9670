"""What is learned, by the kind of the label: how wide a network's output is, what it means, and how far from the truth it is.

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
from contracts.schema import LabelKind
from contracts.statistics import ClassLabelStatistics, LabelStatistics, NumberLabelStatistics
from modeling.metrics.binary import probabilities
from modeling.optimization.class_weights import weights_of_classes

PREDICTIONS = "predictions"
PROBABILITIES = "probabilities"
CLASS_ID = "class_id"
CLASS = "class"

_REDUCTION = "mean_with_sample_weight"
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Target:
    """The label of one training. Make it with `Target.of`."""

    kind: LabelKind
    baseline: float | list[float]
    """What is predicted of every row for comparison: the mean label, or each class's share, of the training split."""
    classes: tuple[ClassName, ...] = ()
    """Of a multiclass label, in the order of ids."""
    center: float = 0.0
    deviation: float = 1.0
    """Of a regression: mean and deviation of the training labels."""
    class_weights: tuple[float, ...] | None = None
    """By class id: what the rows' weights are multiplied with in training."""

    @classmethod
    def of(cls, dataset: Dataset, class_weights: Literal["balanced"] | Mapping[str, float] | None = None) -> Target:
        """What the dataset teaches. Raises `UnusableLabel` for nothing, `InvalidRequest` for weights of classes that are none."""
        name = dataset.manifest.name
        found = dataset.statistics().splits["train"].label
        if found.count == 0:
            raise UnusableLabel(f"the training split of dataset {name!r} is empty", pointer="/dataset")
        weights = weights_of_classes(found, class_weights)
        match found:
            case LabelStatistics():
                if found.positives in (0, found.count):
                    only = int(found.mean)
                    raise UnusableLabel(
                        f"every label in the training split of dataset {name!r} is {only}", pointer="/dataset"
                    )
                return cls("binary", found.mean, class_weights=weights)
            case ClassLabelStatistics():
                if len(found.classes) < 2:
                    raise UnusableLabel(
                        f"every label in the training split of dataset {name!r} is {found.names[0]!r}",
                        pointer="/dataset",
                    )
                shares = [each.count / found.count for each in found.classes]
                return cls("multiclass", shares, tuple(found.names), class_weights=weights)
            case NumberLabelStatistics():
                numbers = found.numbers
                if numbers.mean is None or not numbers.std:
                    raise UnusableLabel(
                        f"every label in the training split of dataset {name!r} is {numbers.mean}", pointer="/dataset"
                    )
                return cls("regression", numbers.mean, center=numbers.mean, deviation=numbers.std)
            case _:
                assert_never(found)

    @property
    def outputs(self) -> int:
        """How many numbers the network gives for a row."""
        return len(self.classes) if label_traits(self.kind).has_classes else 1

    def loss(self) -> keras.losses.Loss:
        """From true labels, float32 [batch], and the network's output."""
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
        """What is shown while it learns; the rows' weights count."""
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
        """What an exported model says, from the network's output: see the table above.

        `class_id` int64 [rows]; `class` [rows] is its name: int64 where classes are whole numbers, else string.
        """
        match self.kind:
            case "binary":
                return {PREDICTIONS: tf.sigmoid(output)}
            case "multiclass":
                found = tf.argmax(output, axis=1)
                names = tf.constant(self.classes, tf.int64 if isinstance(self.classes[0], int) else tf.string)
                return {PROBABILITIES: tf.nn.softmax(output), CLASS_ID: found, CLASS: tf.gather(names, found)}
            case "regression":
                return {PREDICTIONS: unstandardized(output, self.center, self.deviation)}
            case _:
                assert_never(self.kind)

    def predictions(self, output: Array) -> Array:
        """The same in NumPy, for evaluation: float64 [rows], or float32 [rows, classes]."""
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
        """Those of no rows."""
        return self.predictions(np.empty((0, self.outputs) if label_traits(self.kind).has_classes else 0, np.float32))

    def weighted(self, batches: Any) -> Any:
        """Training batches, `(inputs, label)` or `(inputs, label, weight)`, with the classes' weights, where there are any."""
        if self.class_weights is None:
            return batches
        of_class = tf.constant(self.class_weights, tf.float32)

        def weigh(inputs: Any, label: tf.Tensor, *weight: tf.Tensor) -> Any:
            found = tf.gather(of_class, tf.cast(label, tf.int32))
            return inputs, label, found * weight[0] if weight else found

        return batches.map(weigh)


def unstandardized(output: Any, center: float, deviation: float) -> Any:
    """A regression's output in the label's own unit."""
    return center + deviation * output


class LogisticLoss(keras.losses.Loss):
    """Cross-entropy of log-odds, row by row.

    Keras' own takes the last axis for that of a row's outputs: of [batch] it would take the mean, and only then weigh it.
    """

    def __init__(self) -> None:
        super().__init__(name="logistic_loss", reduction=_REDUCTION)

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Labels and log-odds, both float32 [batch]."""
        return tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred)


class StandardizedError(keras.losses.Loss):
    """Squared error in units of the training labels' deviation: 1 for a network that always says their mean."""

    def __init__(self, center: float, deviation: float) -> None:
        super().__init__(name="standardized_error", reduction=_REDUCTION)
        self._center, self._deviation = center, deviation

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Both float32 [batch], the second in deviations."""
        return tf.square((y_true - self._center) / self._deviation - y_pred)


class MeanAbsolute(keras.metrics.Mean):
    """Mean absolute error in the label's own unit."""

    def __init__(self, center: float, deviation: float, name: str) -> None:
        super().__init__(name=name)
        self._center, self._deviation = center, deviation

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as every metric of truth and prediction
        """See `StandardizedError.call`."""
        super().update_state(self._of(y_true - unstandardized(y_pred, self._center, self._deviation)), sample_weight)

    def _of(self, error: tf.Tensor) -> tf.Tensor:
        return tf.abs(error)


class RootMeanSquared(MeanAbsolute):
    """Root of the mean squared error in the label's own unit."""

    def _of(self, error: tf.Tensor) -> tf.Tensor:
        return tf.square(error)

    def result(self) -> Any:
        """Of all batches since the last reset."""
        return keras.ops.sqrt(super().result())
