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
        self._ascends = False

    def order_outputs(self) -> None:
        """Make outputs ascend: the first is as it is, each other one a softplus more than the one before."""
        self._ascends = True

    def ignore(self, numbers: Collection[int], width: int) -> None:
        """Read 0 instead of some of the `width` numbers: those that were constant in training."""
        self._read = ~np.isin(np.arange(width), list(numbers)) if numbers else None

    def call(self, inputs: Any, *, training: bool = False) -> tf.Tensor:
        """Return float32 [batch, outputs], or [batch] with one output."""
        if self._read is not None:
            numeric, categorical = inputs
            inputs = (tf.where(self._read, numeric, tf.zeros_like(numeric)), categorical)
        outputs = self.finished(self.outputs_of(inputs, training=training), training=training)
        return tf.squeeze(outputs, axis=-1) if self.outputs_wide == 1 else outputs

    def finished(self, outputs: tf.Tensor, *, training: bool) -> tf.Tensor:  # noqa: ARG002  # of an ensemble alone
        """Return the outputs, float32 [batch, outputs], in ascending order where that is required."""
        return self.added(self.steps(outputs))

    def steps(self, outputs: tf.Tensor) -> tf.Tensor:
        """Return, where outputs are to ascend, the first one and the differences between the others, all above 0."""
        if not self._ascends:
            return outputs
        first, others = self._first_and_others(outputs)
        return tf.concat([first, tf.nn.softplus(others)], axis=-1)

    def added(self, steps: tf.Tensor) -> tf.Tensor:
        """Return outputs from `steps`; adding nothing below 0, in order, also rounded sums ascend."""
        if not self._ascends:
            return steps
        first, others = self._first_and_others(steps)
        return tf.concat([first, first + tf.cumsum(others, axis=-1)], axis=-1)

    def _first_and_others(self, outputs: tf.Tensor) -> Any:
        return tf.split(outputs, [1, self.outputs_wide - 1], axis=-1)

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], without an activation."""
        raise NotImplementedError
