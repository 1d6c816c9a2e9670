"""An ensemble in one network.

After Gorishniy et al., TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling, 2025.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from contracts.messages.networks import TabM
from modeling.networks.dense import HiddenLayers
from modeling.networks.embeddings import Inputs, InputVector
from modeling.networks.members import MemberNetwork
from modeling.networks.piecewise_linear import PiecewiseLinear
from modeling.networks.smooth_clip import SmoothClip


class EnsembleNetwork(MemberNetwork):
    """Members that share all layers but the scales of their inputs and their last layer (the paper's TabM-mini).

    A single member has no scales: the first layer's weights are as many.
    """

    def __init__(self, spec: TabM, inputs: Inputs, outputs: int) -> None:
        assert spec.members is not None
        assert spec.hidden is not None
        super().__init__("tabm", outputs, spec.members)
        self.passes = spec.members
        self.vector = InputVector(inputs, spec, spec.embedding_shrinkage or 0.0)
        bounds = [spread.bounds for spread in inputs.spreads]
        self.clip = SmoothClip(inputs.spreads) if any(bounds) else None
        self.bins = PiecewiseLinear(bounds, spec.bin_width) if any(bounds) else None
        self._width = self.vector.width + (0 if self.bins is None else self.bins.width)
        self.hidden = HiddenLayers(spec, spec.hidden)
        last = spec.hidden[-1]
        uniform = keras.initializers.RandomUniform(-(last**-0.5), last**-0.5)
        regularizer = keras.regularizers.L2(spec.l2) if spec.l2 else None
        self.scales = (
            self.add_weight(shape=(self.members, self._width), initializer=_random_signs, name="scales")
            if self.members > 1
            else None
        )
        self.last = self.add_weight(
            shape=(self.members, last, outputs), initializer=uniform, regularizer=regularizer, name="last"
        )
        self.bias = self.add_weight(shape=(self.members, outputs), initializer="zeros", name="bias")

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, members, outputs], without an activation."""
        state = self.hidden(self._scaled(self._vector(*inputs)), training=training)
        by_member = tf.reshape(state, [-1, self.members, state.shape[-1]])
        return tf.einsum("bmh,mho->bmo", by_member, self.last) + self.bias

    def _scaled(self, vector: tf.Tensor) -> tf.Tensor:
        """Return what each member reads, float32 [batch · members, width]."""
        if self.scales is None:
            return vector
        return tf.reshape(vector[:, None, :] * self.scales, [-1, self._width])

    def _vector(self, numbers: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Return what all members read, float32 [batch, width]: numbers, vectors of ids, and vectors of numbers by their bins."""
        if self.clip is None or self.bins is None:
            return self.vector((numbers, ids))
        return tf.concat([self.vector((self.clip(numbers), ids)), self.bins(numbers)], axis=1)


def _random_signs(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Return 1 or -1 at random: members begin as far from one another as they can with inputs of their size."""
    signs = keras.random.randint(shape, 0, 2)
    return keras.ops.cast(signs * 2 - 1, dtype or "float32")
