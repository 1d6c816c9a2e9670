"""Numbers by their place in bins: Gorishniy et al., On Embeddings for Numerical Features in Tabular Deep Learning, 2022.

What a network of numbers learns slowly, that 17 differs from 18 or that nothing changes past a limit, is here a weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_NEVER = 1e30
"""The lower bound of bins that a number with fewer of them lacks: nothing is in them."""


class PiecewiseLinear(keras.layers.Layer):
    """A vector per number that changes linearly within each bin: float32 [batch, N] to [batch, N · `width`].

    A number fills the bins below its own, and its own up to its place in it (equation 1, with the first and last bin closed as
    well); the filled shares are multiplied by a matrix per number, and cut at 0 (relu). Numbers without bounds are left out.
    """

    def __init__(self, bounds: Sequence[Sequence[float]], width: int, **options: Any) -> None:
        super().__init__(**options)
        self._columns = [column for column, bins in enumerate(bounds) if bins]
        chosen = [bounds[column] for column in self._columns]
        widest = max((len(bins) - 1 for bins in chosen), default=0)
        self._lower = np.full((len(chosen), widest), _NEVER, np.float32)
        self._slope = np.zeros((len(chosen), widest), np.float32)
        for row, bins in enumerate(chosen):
            self._lower[row, : len(bins) - 1] = bins[:-1]
            self._slope[row, : len(bins) - 1] = [1 / (high - low) for low, high in pairwise(bins)]
        self.width = len(chosen) * width
        if chosen:
            limit = widest**-0.5
            uniform = keras.initializers.RandomUniform(-limit, limit)
            self.kernel = self.add_weight(shape=(len(chosen), widest, width), initializer=uniform, name="kernel")
            self.bias = self.add_weight(shape=(len(chosen), 1, width), initializer="zeros", name="bias")
        self.built = True

    def call(self, numbers: tf.Tensor) -> tf.Tensor:
        """Return float32 [batch, `width`]: the vectors of all numbers that have bins, in order."""
        chosen = tf.transpose(tf.gather(numbers, tf.constant(self._columns, tf.int32), axis=1))
        filled = tf.clip_by_value((chosen[:, :, None] - self._lower[:, None]) * self._slope[:, None], 0.0, 1.0)
        vectors = tf.nn.relu(tf.matmul(filled, self.kernel) + self.bias)
        return tf.reshape(tf.transpose(vectors, [1, 0, 2]), [-1, self.width])
