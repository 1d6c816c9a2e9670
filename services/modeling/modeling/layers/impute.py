"""Missing numbers are replaced inside the graph, in serving and in training on raw records.

What they are replaced with is decided in `contracts.input_rules.numeric`. For transformed records Spark's tasks do the same in
`preprocessing.feature_kinds.number_inputs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class Impute(keras.layers.Layer):
    """Replaces missing values, column by column.

    Input: float32 [batch, features]; NaN and the infinities are missing. Output: the same shape, all finite.
    `fill`: one number per column, rounded to float32.

    >>> Impute([5.0, 7.0])(tf.constant([[1.0, float("nan")]])).numpy().tolist()
    [[1.0, 7.0]]
    """

    def __init__(self, fill: Sequence[float], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._fill = self.add_weight(shape=(len(fill),), dtype="float32", trainable=False, name="fill")
        self._fill.assign(np.asarray(fill, np.float32))
        self.built = True

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the numbers with missing values imputed, float32 [batch, features]."""
        return tf.where(tf.math.is_finite(values), values, self._fill.value)
