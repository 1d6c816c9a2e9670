"""A trained network as functions of records' tensors, of raw values or of model inputs, each one graph."""

from __future__ import annotations

import copy
from typing import Any, Self

import tensorflow as tf

from modeling.evaluation.row_cost import row_cost
from modeling.input_pipeline.feature_masking import FeatureMasking
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.networks.base import Network
from modeling.optimization.objective import Target
from sources.arrays import Array


class ForwardPass:
    """From records' tensors to predictions, model inputs and category ids; see `Target.predictions`."""

    def __init__(self, network: Network, pipeline: InputPipeline, target: Target) -> None:
        self.target = target
        is_final, model_inputs = pipeline.holds_model_inputs, pipeline.model_inputs
        self.cost = row_cost(network, model_inputs)
        """About how many multiplications the prediction of a row takes."""

        def inputs(numeric: tf.Tensor, categorical: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return (numeric, categorical) if is_final else model_inputs(numeric, categorical)

        def forward(numeric: tf.Tensor, categorical: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            made = inputs(numeric, categorical)
            return network(made, training=False), made[1]

        numeric, categorical, *_ = pipeline.recorded("test", 1).element_spec
        signature = [tf.TensorSpec([None, *spec.shape[1:]], spec.dtype) for spec in (numeric, categorical)]
        self._graph = tf.function(forward, input_signature=signature, autograph=False)
        self._inputs = tf.function(inputs, input_signature=signature, autograph=False)
        masking = FeatureMasking(model_inputs)

        def masked(numbers: tf.Tensor, ids: tf.Tensor, missing: tf.Tensor, unseen: tf.Tensor) -> tf.Tensor:
            return network(masking.masked((numbers, ids), missing, unseen), training=False)

        mask = tf.TensorSpec([None, len(masking.features)], tf.bool)
        made = [
            tf.TensorSpec([None, model_inputs.number_width], tf.float32),
            tf.TensorSpec([None, model_inputs.id_width], tf.int64),
        ]
        self._masked = tf.function(masked, input_signature=[*made, mask, mask], autograph=False)

    def predicting(self, target: Target) -> Self:
        """Return the same graphs with other predictions from their outputs."""
        other = copy.copy(self)
        other.target = target
        return other

    def outputs(self, numeric: Any, categorical: Any) -> tuple[Array, Array]:
        """Return the network's outputs, float32, from which `Target.predictions` follow, and ids, int64 [rows, M]."""
        output, ids = self._graph(numeric, categorical)
        return output.numpy(), ids.numpy()

    def inputs(self, numeric: Any, categorical: Any) -> tuple[Array, Array]:
        """Return the model's inputs: numbers float32 [rows, N] and ids int64 [rows, M]."""
        numbers, ids = self._inputs(numeric, categorical)
        return numbers.numpy(), ids.numpy()

    def predictions(self, numeric: Array, categorical: Array) -> Array:
        """Return predictions alone."""
        return self.target.predictions(self.outputs(tf.constant(numeric), tf.constant(categorical))[0])

    def masked(self, numbers: Array, ids: Array, missing: Array, unseen: Array) -> Array:
        """Return predictions from the model's inputs, with these features of each row masked; see `FeatureMasking`."""
        return self.target.predictions(self._masked(numbers, ids, missing, unseen).numpy())
