"""Deep & cross network, version 2: Wang et al., DCN V2, 2021 (arXiv 2008.13535), without the mixture of experts."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from contracts.messages.networks import DcnV2
from modeling.networks.base import Network
from modeling.networks.dense import HiddenLayers, output_layer
from modeling.networks.embeddings import Inputs, InputVector

LARGEST_STATE = 1e12
"""The magnitude at which a cross layer's output is cut: each layer multiplies by its input, so that sixteen of them would take an
input of a thousand beyond float32, and a difference of infinities is NaN."""


class CrossLayer(keras.layers.Layer):
    """x' = x0 ⊙ (W x + b) + x, with W = U V of width `rank` where that is given (equations 1 and 2). All [batch, width].

    x' is cut at `LARGEST_STATE`.
    """

    def __init__(self, width: int, rank: int | None, l2: float, **options: Any) -> None:
        super().__init__(**options)
        kernel = keras.regularizers.L2(l2) if l2 else None
        self.narrow = None if rank is None else keras.layers.Dense(rank, use_bias=False, kernel_regularizer=kernel)
        self.full = keras.layers.Dense(width, kernel_regularizer=kernel)

    def call(self, first: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """Return x' from x0 and x."""
        crossed = first * self.full(state if self.narrow is None else self.narrow(state)) + state
        return tf.clip_by_value(crossed, -LARGEST_STATE, LARGEST_STATE)


class CrossNetwork(Network):
    """Cross layers over the input vector, and hidden layers after them or in parallel: float32 [batch, outputs]."""

    def __init__(self, spec: DcnV2, inputs: Inputs, outputs: int) -> None:
        super().__init__("dcn_v2", outputs)
        self.vector = InputVector(inputs, spec)
        self.crosses = [CrossLayer(self.vector.width, spec.rank, spec.l2) for _ in range(spec.cross_layers)]
        self.hidden = HiddenLayers(spec, spec.hidden)
        self.last = output_layer(spec, outputs)
        self._is_stacked = spec.structure == "stacked"

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], without an activation."""
        first = self.vector(inputs)
        crossed = first
        for cross in self.crosses:
            crossed = cross(first, crossed)
        if self._is_stacked:
            return self.last(self.hidden(crossed, training=training))
        return self.last(tf.concat([crossed, self.hidden(first, training=training)], axis=1))
