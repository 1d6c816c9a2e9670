"""What all networks have in common."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class Network(keras.Model):
    """Called with `(numeric, categorical)`, float32 [batch, N] and int64 [batch, M]: float32 [batch, outputs].

    With one output, [batch]. A network says what it computes in `outputs_of`, which always gives [batch, outputs].
    """

    def __init__(self, name: str, outputs: int) -> None:
        super().__init__(name=name)
        self.outputs_wide = outputs

    def call(self, inputs: Any, *, training: bool = False) -> tf.Tensor:
        """See the class."""
        found = self.outputs_of(inputs, training=training)
        return tf.squeeze(found, axis=1) if self.outputs_wide == 1 else found

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Float32 [batch, outputs], without an activation."""
        raise NotImplementedError
