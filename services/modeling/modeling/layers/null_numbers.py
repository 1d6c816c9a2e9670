"""Numbers that stand for a missing value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class NullNumbers(keras.layers.Layer):
    """NaN where a column holds one of its own numbers for a missing value, -999 and the like.

    Input and output: float32 [batch, features]. `nulls`: for each column its numbers, float32s.

    >>> NullNumbers([[-999.0], []])(tf.constant([[-999.0, -999.0], [1.0, 1.0]])).numpy().tolist()
    [[nan, -999.0], [1.0, 1.0]]
    """

    def __init__(self, nulls: Sequence[Sequence[float]], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        table = np.full((len(nulls), max(1, *map(len, nulls))), np.nan, np.float32)  # NaN equals nothing
        for column, numbers in enumerate(nulls):
            table[column, : len(numbers)] = numbers
        self._nulls = tf.constant(table)
        self.built = True

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the numbers, NaN where missing, float32 [batch, features]."""
        is_null = tf.reduce_any(tf.equal(tf.expand_dims(values, -1), self._nulls), axis=-1)
        return tf.where(is_null, tf.constant(np.nan, tf.float32), values)
