"""Wide & deep: Cheng et al., Wide & Deep Learning for Recommender Systems, 2016."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from contracts.messages.networks import WideDeep
from modeling.networks.base import Network
from modeling.networks.dense import HiddenLayers, output_layer
from modeling.networks.embeddings import Inputs, InputVector
from modeling.networks.linear import LinearPart


class WideDeepNetwork(Network):
    """The sum of a linear network and of a deep one, with one bias between them: float32 [batch, outputs]."""

    def __init__(self, spec: WideDeep, inputs: Inputs, outputs: int) -> None:
        super().__init__("wide_deep", outputs)
        self.wide = LinearPart(inputs, outputs, spec.l2)
        self.vector = InputVector(inputs, spec)
        self.hidden = HiddenLayers(spec, spec.hidden)
        self.last = output_layer(spec, outputs)

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], without an activation."""
        return self.wide(inputs) + self.last(self.hidden(self.vector(inputs), training=training))
