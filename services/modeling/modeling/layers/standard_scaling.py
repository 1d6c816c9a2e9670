"""Numbers of any size become numbers that a network can learn from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class StandardScaling(keras.layers.Layer):
    """(x - center) / divisor, bounded, column by column, in float64 and rounded once: as in `contracts.input_rules`.

    Input: float32 or float64 [batch, features], finite. Output: float32. `center` and `divisor`: one number per column;
    `bounds`: for each column the largest magnitude of the output, or None.

    Both are variables and not constants, because TensorFlow's optimizer turns a division by a constant into a
    multiplication by its reciprocal, which differs in the last bit from what Spark wrote.
    """

    def __init__(
        self,
        center: Sequence[float],
        divisor: Sequence[float],
        bounds: Sequence[float | None] = (),
        **options: Any,
    ) -> None:
        super().__init__(
            trainable=False, autocast=False, **options
        )  # else Keras would round a float64 before it is scaled
        self._center = self._constant("center", center)
        self._divisor = self._constant("divisor", divisor)
        self._bounds = None
        if any(bound is not None for bound in bounds):
            self._bounds = tf.constant([math.inf if bound is None else bound for bound in bounds], tf.float64)
        self.built = True

    def _constant(self, name: str, values: Sequence[float]) -> Any:
        weight = self.add_weight(shape=(len(values),), dtype="float64", trainable=False, autocast=False, name=name)
        weight.assign(np.asarray(values, np.float64))
        return weight

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the scaled numbers, float32 [batch, features]."""
        scaled = (tf.cast(values, tf.float64) - self._center.value) / self._divisor.value
        if self._bounds is not None:
            scaled = tf.minimum(tf.maximum(scaled, -self._bounds), self._bounds)
        return tf.cast(scaled, tf.float32)
