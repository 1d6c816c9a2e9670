"""Many categories, few tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable("tandem")
class FusedEmbedding(keras.layers.Layer):
    """One trainable vector per id and feature, those of all features below one another in one table.

    Input: int64 [batch, features]; ids of feature f are below `sizes[f]`. Output: float32 [batch, features, width].
    One gather serves all features, where a table each would cost a step as many small operations as there are features.
    """

    def __init__(self, sizes: Sequence[int], width: int, initializer: str = "uniform", **options: Any) -> None:
        super().__init__(**options)
        self.sizes = list(sizes)
        self.width = width
        self.initializer = initializer
        self._offsets = np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)
        self.table = self.add_weight(shape=(sum(self.sizes), width), initializer=initializer, name="table")
        self.built = True

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        """See the class."""
        return tf.gather(self.table.value, ids + tf.constant(self._offsets))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "sizes": self.sizes, "width": self.width, "initializer": self.initializer}
