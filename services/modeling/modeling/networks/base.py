"""The base class of all networks."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class Network(keras.Model):
    """Maps `(numeric, categorical)`, float32 [batch, N] and int64 [batch, M], to float32 [batch, outputs].

    With one output, [batch]. A network implements `outputs_of`, which always returns [batch, outputs].
    """

    def __init__(self, name: str, outputs: int) -> None:
        super().__init__(name=name)
        self.outputs_wide = outputs

    def call(self, inputs: Any, *, training: bool = False) -> tf.Tensor:
        """Return float32 [batch, outputs], or [batch] with one output."""
        outputs = self.outputs_of(inputs, training=training)
        return tf.squeeze(outputs, axis=1) if self.outputs_wide == 1 else outputs

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], without an activation."""
        raise NotImplementedError
