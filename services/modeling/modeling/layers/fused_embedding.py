"""Many categories, few tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class FusedEmbedding(keras.layers.Layer):
    """One trainable vector per id and feature, those of all features below one another in one table.

    Input: int64 [batch, features]; ids of feature f are below `sizes[f]`. Output: float32 [batch, features, width].
    One gather serves all features, where a table each would cost a step as many small operations as there are features.
    """

    def __init__(self, sizes: Sequence[int], width: int, initializer: str = "uniform", **options: Any) -> None:
        super().__init__(**options)
        self.width = width
        self.sizes = tuple(sizes)
        self._offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self.table = self.add_weight(shape=(sum(sizes), width), initializer=initializer, name="table")
        self.built = True

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        """Return the vectors, float32 [batch, features, width]."""
        return tf.gather(self.table.value, ids + tf.constant(self._offsets))
