"""The objective of one training: loss, metrics and outputs of a network, as the kind of its label has them.

| kind | network's output | loss | prediction |
|---|---|---|---|
| binary | log-odds [batch] | cross-entropy | `predictions`: probability of 1 |
| multiclass | a score per class [batch, classes] | cross-entropy of their softmax | `probabilities`, `class_id`, `class` |
| regression | the number in training deviations from the training mean [batch] | squared error in deviations | `predictions` |
| regression by quantiles | quantiles, likewise [batch, quantiles] | pinball loss in deviations | `predictions`, `quantiles` |

A `Temperature` moves the outputs of a network, once it is trained, on their way to predictions; the loss knows none.
The formulas are in `modeling.label_kinds`; here the graph evaluates them. Where rows have weights, a batch's loss is the weighted
mean of its rows' losses, so the scale of the weights does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

import keras
import numpy as np
import tensorflow as tf

from contracts.dataset.published import Dataset
from contracts.errors import UnusableLabel
from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.output_names import CLASS, CLASS_ID, PREDICTIONS, PROBABILITIES, QUANTILES
from contracts.statistics import Statistics
from modeling.label_kinds import EpochMetric, LabelsOfKind, Temperature, TrainingLabels, labels_of_kind
from modeling.label_kinds.operations import NumpyOperations
from modeling.label_kinds.quantiles import QuantileLabels
from modeling.optimization.class_weights import weights_of_classes
from modeling.optimization.tensor_operations import TensorOperations
from sources.arrays import Array

_GRAPH = TensorOperations()
_NUMPY = NumpyOperations()


@dataclass(frozen=True)
class Target:
    """The label of one training. Make it with `Target.of`."""

    kind: LabelKind
    labels: TrainingLabels
    class_weights: tuple[float, ...] | None = None
    """By class id: factors of the rows' weights in training."""
    temperature: Temperature | None = None
    """A correction of the predictions, chosen after training; None: there is none."""

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        class_weights: Literal["balanced"] | Mapping[str, float] | None = None,
        statistics: Statistics | None = None,
        quantiles: Sequence[float] | None = None,
    ) -> Target:
        """Build the objective from the label statistics. `statistics`: the dataset's; None: they are read.

        `quantiles`: levels, of a regression alone.

        Raises `UnusableLabel` for an empty split or a constant label, `InvalidRequest` for weights of unknown classes.
        """
        name, kind = dataset.manifest.name, dataset.schema.label.kind
        label = (statistics or dataset.statistics()).splits["train"].label
        if label.count == 0:
            raise UnusableLabel(f"the training split of dataset {name!r} is empty", pointer="/dataset")
        weights = weights_of_classes(kind, label, class_weights)
        labels = labels_of_kind(kind).describe(label, name)
        return cls(kind, replace(labels, quantiles=tuple(quantiles or ())), weights)

    @property
    def of_kind(self) -> LabelsOfKind:
        """Return what the label answers to training."""
        return QuantileLabels(self.labels.quantiles) if self.labels.quantiles else labels_of_kind(self.kind)

    @property
    def outputs(self) -> int:
        """Number of outputs of the network per row."""
        return len(self.labels.classes) if label_traits(self.kind).has_classes else max(len(self.labels.quantiles), 1)

    def point(self, output: Any) -> Any:
        """Return the output that `predictions` follow from: of quantiles that nearest to the median, else the output."""
        of_kind = self.of_kind
        return output[..., of_kind.point] if isinstance(of_kind, QuantileLabels) else output

    def quantiles(self, output: Array) -> Array:
        """Return the predicted quantiles in NumPy, float64 [rows, quantiles], from the network's output."""
        return self.of_kind.link(output.astype(np.float64), self.labels, _NUMPY)

    def loss(self) -> keras.losses.Loss:
        """Return the loss of the network's output, given labels as `learned` returns them, float32 [batch]."""
        return RowLoss(self)

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return the metrics that training reports, weighted by the rows' weights."""
        return [self._metric(name) for name in self.of_kind.epoch_metrics]

    def _metric(self, name: EpochMetric) -> keras.metrics.Metric:
        match name:
            case "auc":
                return keras.metrics.AUC(from_logits=True, name=name)
            case "accuracy":
                return keras.metrics.SparseCategoricalAccuracy(name=name)
            case "rmse":
                return RootMeanSquared(self, name)
            case "mae":
                return MeanAbsolute(self, name)
            case _:
                assert_never(name)

    def linked(self, output: Any) -> Any:
        """Return predictions in the graph from the network's output: float64 of a label that is a number, else float32."""
        return self._linked(self.point(output))

    def _linked(self, output: Any) -> Any:
        exact = tf.cast(output, tf.float64) if label_traits(self.kind).is_number else output
        return self.of_kind.link(self._corrected_in_graph(exact), self.labels, _GRAPH)

    def _corrected_in_graph(self, output: tf.Tensor) -> tf.Tensor:
        if self.temperature is None:
            return output
        return self._corrected(output, self.temperature, tf.constant(self.temperature.fixed, output.dtype))

    def _corrected(self, output: Any, temperature: Temperature, fixed: Any) -> Any:
        """Return the output at a temperature; `fixed`: of the temperature, as an array of the output's kind, [outputs]."""
        middle = fixed[0] if self.outputs == 1 else fixed
        return middle + (output - middle) / temperature.value

    def learned(self, batches: Any) -> Any:
        """Return batches, `(inputs, label)` or `(inputs, label, weight)`, with labels as the loss takes them, float32 [batch]."""
        of_kind = self.of_kind

        def learn(inputs: Any, label: tf.Tensor, *weight: tf.Tensor) -> Any:
            return inputs, of_kind.learned(label, self.labels, _GRAPH), *weight

        return batches.map(tf.autograph.experimental.do_not_convert(learn))

    @tf.autograph.experimental.do_not_convert
    def named_outputs(self, output: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return the outputs of an exported model from the network's output: see the table above.

        `class_id` int64 [rows]; `class` [rows] is its name: int64 where classes are whole numbers, else string.
        """
        if self.labels.quantiles:
            return {PREDICTIONS: self.linked(output), QUANTILES: self._linked(output)}
        if not label_traits(self.kind).has_classes:
            return {PREDICTIONS: self.linked(output)}
        classes = self.labels.classes
        class_ids = tf.argmax(self._corrected_in_graph(output), axis=1)
        names = tf.constant(classes, tf.int64 if isinstance(classes[0], int) else tf.string)
        return {PROBABILITIES: self.linked(output), CLASS_ID: class_ids, CLASS: tf.gather(names, class_ids)}

    def predictions(self, output: Array) -> Array:
        """Return predictions in NumPy, for evaluation: float64 [rows], or float32 [rows, classes]."""
        exact = self.point(output).astype(np.float64)
        if self.temperature is not None:
            exact = self._corrected(exact, self.temperature, np.array(self.temperature.fixed))
        linked = self.of_kind.link(exact, self.labels, _NUMPY)
        return linked.astype(np.float32) if label_traits(self.kind).has_classes else linked

    def no_outputs(self) -> Array:
        """Return empty outputs of the network, of the right shape."""
        return np.empty(0 if self.outputs == 1 else (0, self.outputs), np.float32)

    def no_predictions(self) -> Array:
        """Return empty predictions of the right shape."""
        return self.predictions(self.no_outputs())

    def weighted(self, batches: Any) -> Any:
        """Return training batches, `(inputs, label)` or `(inputs, label, weight)`, with any class weights applied."""
        if self.class_weights is None:
            return batches
        of_class = tf.constant(self.class_weights, tf.float32)

        def weigh(inputs: Any, label: tf.Tensor, *weight: tf.Tensor) -> Any:
            class_weight = tf.gather(of_class, tf.cast(label, tf.int32))
            return inputs, label, class_weight * weight[0] if weight else class_weight

        return batches.map(weigh)


class RowLoss(keras.losses.Loss):
    """The loss of the kind of the label, row by row."""

    def __init__(self, target: Target) -> None:
        super().__init__(name=f"{target.kind}_loss", reduction="mean_with_sample_weight")
        self._target = target

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """Return the loss of each row from labels as `Target.learned` returns them, and the network's output."""
        return self._target.of_kind.loss(y_true, y_pred, _GRAPH)


class MeanAbsolute(keras.metrics.Mean):
    """Mean absolute error in the label's own unit, added up in deviations."""

    def __init__(self, target: Target, name: str) -> None:
        super().__init__(name=name)
        self._target = target

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as every metric of truth and prediction
        """Add a batch: labels and outputs as in `RowLoss.call`."""
        super().update_state(self._of(y_true - self._target.point(y_pred)), sample_weight)

    def _of(self, error: tf.Tensor) -> tf.Tensor:
        return tf.abs(error)

    def result(self) -> Any:
        """Return the mean over all batches since the last reset, float64: in the label's unit it may be beyond float32."""
        return self._in_unit(super().result())

    def _in_unit(self, deviations: Any) -> Any:
        return tf.cast(deviations, tf.float64) * self._target.labels.deviation


class RootMeanSquared(MeanAbsolute):
    """Root of the mean squared error in the label's own unit."""

    def _of(self, error: tf.Tensor) -> tf.Tensor:
        return tf.square(error)

    def result(self) -> Any:
        """Return the root over all batches since the last reset."""
        return self._in_unit(keras.ops.sqrt(keras.metrics.Mean.result(self)))
