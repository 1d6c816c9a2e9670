"""Extreme numbers are clipped to bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class Clip(keras.layers.Layer):
    """min(max(x, low), high), column by column.

    Input and output: float32 [batch, features], finite. `low` and `high`: one number per column, rounded to float32; None where
    the column is left as it is.

    >>> Clip([0.0, None], [1.0, None])(tf.constant([[-5.0, -5.0], [5.0, 5.0]])).numpy().tolist()
    [[0.0, -5.0], [1.0, 5.0]]
    """

    def __init__(self, low: Sequence[float | None], high: Sequence[float | None], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._low = tf.constant(_edges(low, -np.inf))
        self._high = tf.constant(_edges(high, np.inf))
        self.built = True

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the clipped numbers, float32 [batch, features]."""
        return tf.minimum(tf.maximum(values, self._low), self._high)


def _edges(values: Sequence[float | None], none: float) -> np.ndarray[Any, Any]:
    return np.array([none if value is None else value for value in values], np.float32)
