"""That a number was missing is a signal of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


class MissingIndicator(keras.layers.Layer):
    """Indicates missing values of chosen columns.

    Input: float32 [batch, features], before imputation. Output: float32 [batch, len(columns)]: 1 where the value was NaN
    or infinite, else 0. `columns`: indices of the features that have an indicator, in order.

    >>> MissingIndicator([1])(tf.constant([[1.0, float("nan")]])).numpy().tolist()
    [[1.0]]
    """

    def __init__(self, columns: Sequence[int], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.columns = list(columns)
        self.built = True

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the indicators, float32 [batch, len(columns)]."""
        chosen = tf.gather(values, tf.constant(self.columns, tf.int32), axis=1)
        return tf.where(tf.math.is_finite(chosen), tf.zeros_like(chosen), tf.ones_like(chosen))
