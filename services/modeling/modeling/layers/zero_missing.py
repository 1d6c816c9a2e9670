"""Missing numbers that are not imputed become 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


class ZeroMissing(keras.layers.Layer):
    """Puts 0 where a number was missing, in chosen columns, after scaling.

    Input: `values` float32 [batch, features] before imputation, NaN and the infinities are missing; `scaled` float32 of the same
    shape, finite. Output: `scaled`, with 0 where a chosen column was missing. `chosen`: for each column whether it is one.

    >>> ZeroMissing([True, False])(tf.constant([[float("nan"), float("nan")]]), tf.constant([[3.0, 4.0]])).numpy().tolist()
    [[0.0, 4.0]]
    """

    def __init__(self, chosen: Sequence[bool], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._kept = tf.constant([not is_chosen for is_chosen in chosen], tf.bool)
        self.built = True

    def call(self, values: tf.Tensor, scaled: tf.Tensor) -> tf.Tensor:
        """Return `scaled` with 0 where a chosen column was missing, float32 [batch, features]."""
        return tf.where(tf.math.is_finite(values) | self._kept, scaled, tf.zeros_like(scaled))
