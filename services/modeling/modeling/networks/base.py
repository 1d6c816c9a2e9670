"""The base class of all networks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class Network(keras.Model):
    """Maps `(numeric, categorical)`, float32 [batch, N] and int64 [batch, M], to float32 [batch, outputs].

    With one output, [batch]. A network implements `outputs_of`, which always returns [batch, outputs].
    """

    passes = 1
    """Passes of a row through the layers."""

    def __init__(self, name: str, outputs: int) -> None:
        super().__init__(name=name)
        self.outputs_wide = outputs
        self._read: np.ndarray[Any, Any] | None = None

    def ignore(self, numbers: Collection[int], width: int) -> None:
        """Read 0 instead of some of the `width` numbers: those that were constant in training."""
        self._read = ~np.isin(np.arange(width), list(numbers)) if numbers else None

    def call(self, inputs: Any, *, training: bool = False) -> tf.Tensor:
        """Return float32 [batch, outputs], or [batch] with one output."""
        if self._read is not None:
            numeric, categorical = inputs
            inputs = (tf.where(self._read, numeric, tf.zeros_like(numeric)), categorical)
        outputs = self.outputs_of(inputs, training=training)
        return tf.squeeze(outputs, axis=-1) if self.outputs_wide == 1 else outputs

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], without an activation."""
        raise NotImplementedError
