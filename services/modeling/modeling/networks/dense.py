"""Fully connected layers, as every deep network here has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from contracts.messages.networks import Layered


class HiddenLayers(keras.layers.Layer):
    """Per hidden layer: weights and bias, batch normalization if requested, relu, dropout.

    Float32 [batch, any] to [batch, last of `hidden`], the units of each layer.
    """

    def __init__(self, spec: Layered, hidden: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        kernel = keras.regularizers.L2(spec.l2) if spec.l2 else None
        self.dense = [
            keras.layers.Dense(
                units, use_bias=not spec.batch_norm, kernel_initializer="he_uniform", kernel_regularizer=kernel
            )
            for units in hidden
        ]
        self.norms = [keras.layers.BatchNormalization() for _ in hidden] if spec.batch_norm else None
        self.dropout = keras.layers.Dropout(spec.dropout) if spec.dropout else None

    def call(self, state: tf.Tensor, *, training: bool = False) -> tf.Tensor:
        """Return the state after the last layer; dropout and batch statistics apply in training only."""
        for index, layer in enumerate(self.dense):
            state = layer(state)
            if self.norms is not None:
                state = self.norms[index](state, training=training)
            state = tf.nn.relu(state)
            if self.dropout is not None:
                state = self.dropout(state, training=training)
        return state


def output_layer(spec: Layered, outputs: int) -> keras.layers.Layer:
    """Return the last layer: one number per output, without an activation."""
    kernel = keras.regularizers.L2(spec.l2) if spec.l2 else None
    return keras.layers.Dense(outputs, kernel_regularizer=kernel, name="output")
