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

    `scales`: a number for each id, by which its vector is multiplied, at the beginning as well, float32 [ids]; none by default.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        width: int,
        initializer: str = "uniform",
        scales: np.ndarray[Any, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.width = width
        self.sizes = tuple(sizes)
        self._offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self.table = self.add_weight(shape=(sum(sizes), width), initializer=initializer, name="table")
        self._scales: Any = None
        if scales is not None:
            self._scales = self.add_weight(
                shape=(sum(sizes),), initializer=lambda *_, **__: tf.constant(scales), trainable=False, name="scales"
            )
            self.table.assign(self.table.value * scales[:, np.newaxis])
        self.built = True

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        """Return the vectors, float32 [batch, features, width]."""
        vectors, scales = self.vectors_and_scales(ids)
        return vectors if scales is None else vectors * scales

    def vectors_and_scales(self, ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Return the vectors before they are multiplied, and the numbers for that, float32 [batch, features, 1], if any."""
        rows = ids + tf.constant(self._offsets)
        vectors = tf.gather(self.table.value, rows)
        return vectors, None if self._scales is None else tf.gather(self._scales.value, rows)[..., None]

    def multiply(self) -> None:
        """Multiply the vectors by their scales once and for all: the same output, by one gather less."""
        if self._scales is not None:
            self.table.assign(self.table.value * self._scales.value[:, None])
            self._scales = None
