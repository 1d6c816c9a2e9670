"""Numbers of very different size become numbers of similar size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


class LogScaling(keras.layers.Layer):
    """sign(x) * ln(1 + |x|) in chosen columns, in float64; the others pass.

    Input: float32 [batch, features], finite. Output: float64 [batch, features], for `StandardScaling`, which rounds. `chosen`:
    for each column whether it is one. Negative numbers mirror positive ones; 0 stays 0.

    >>> LogScaling([True, False])(tf.constant([[0.0, 5.0]])).numpy().tolist()
    [[0.0, 5.0]]
    """

    def __init__(self, chosen: Sequence[bool], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._chosen = tf.constant(list(chosen), tf.bool)
        self.built = True

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the scaled numbers, float64 [batch, features]."""
        doubles = tf.cast(values, tf.float64)
        return tf.where(self._chosen, tf.sign(doubles) * tf.math.log1p(tf.abs(doubles)), doubles)
