"""The plain deep network."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from contracts.messages.networks import Dnn
from modeling.networks.base import Network
from modeling.networks.dense import HiddenLayers, output_layer
from modeling.networks.embeddings import Inputs, InputVector


class DeepNetwork(Network):
    """Numbers and embeddings side by side, then fully connected layers: float32 [batch, outputs]."""

    def __init__(self, spec: Dnn, inputs: Inputs, outputs: int) -> None:
        super().__init__("dnn", outputs)
        self.vector = InputVector(inputs, spec)
        self.hidden = HiddenLayers(spec, spec.hidden)
        self.last = output_layer(spec, outputs)

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], without an activation."""
        return self.last(self.hidden(self.vector(inputs), training=training))
