"""Logistic regression."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from contracts.messages.networks import Linear
from modeling.layers.fused_embedding import FusedEmbedding
from modeling.networks.base import Network
from modeling.networks.embeddings import EmbeddedInputs, Inputs, mean_square


class LinearPart(keras.layers.Layer):
    """One weight per number, per id and output. All begin at 0, so that an id never seen in training adds nothing.

    `(numeric, categorical)` to float32 [batch, outputs], without a bias.
    """

    def __init__(self, inputs: Inputs, outputs: int, l2: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.outputs = outputs
        self._penalty = l2
        self.numbers = self.categories = None
        if inputs.numeric_width:
            kernel = keras.regularizers.L2(l2) if l2 else None
            self.numbers = keras.layers.Dense(
                outputs, use_bias=False, kernel_initializer="zeros", kernel_regularizer=kernel
            )
        if inputs.sizes:
            self._columns = list(range(inputs.id_width))
            self.categories = FusedEmbedding(
                list(inputs.sizes.values()),
                outputs,
                initializer="zeros",
                bags=list(inputs.bags.values()),
                weights=inputs.bag_weights(list(inputs.sizes)),
            )

    @property
    def embedded(self) -> list[EmbeddedInputs]:
        """Return the table of weights with the columns of all ids; nothing without ids."""
        return [] if self.categories is None else [(self.categories, self._columns)]

    def call(self, inputs: Any) -> tf.Tensor:
        """Return the sum of the weights, float32 [batch, outputs]."""
        numeric, categorical = inputs
        total = tf.zeros([tf.shape(numeric)[0], self.outputs])
        if self.numbers is not None:
            total += self.numbers(numeric)
        if self.categories is not None:
            weights = self.categories(categorical)
            if self._penalty:
                self.add_loss(self._penalty * mean_square(weights))
            total += tf.reduce_sum(weights, axis=1)
        return total


class LinearNetwork(Network):
    """The sum of the weights of what a row holds, and a bias: float32 [batch, outputs]."""

    def __init__(self, spec: Linear, inputs: Inputs, outputs: int) -> None:
        super().__init__("linear", outputs)
        self.linear = LinearPart(inputs, outputs, spec.l2)
        self.bias = self.add_weight(shape=(outputs,), initializer="zeros", name="bias")

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:  # noqa: ARG002  # nothing here differs then
        """Return float32 [batch, outputs], without an activation."""
        return self.linear(inputs) + self.bias.value
