"""Numbers scaled by what most of them are, and bounded without an edge: Holzmüller et al., Better by Default, 2024 (RealMLP)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from contracts.input_rules import NumberSpread

LIMIT = 3.0
"""Limit of the largest numbers."""
_FAR = 1e6
"""Ranges from the median beyond which a number is at the limit; its square is still a float32."""


class SmoothClip(keras.layers.Layer):
    """z / √(1 + (z / 3)²) of z = (x - median) / range, for the first numbers; the others stay. Float32 [batch, N] to the same.

    Close to z around the median; numbers far out differ less and less.
    """

    def __init__(self, spreads: Sequence[NumberSpread], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._median = np.array([spread.median for spread in spreads], np.float32)
        self._scale = np.array([min(1 / spread.range, np.finfo(np.float32).max) for spread in spreads], np.float32)
        self.built = True

    def call(self, numbers: tf.Tensor) -> tf.Tensor:
        """Return the numbers, each between -3 and 3, and after them those that stay."""
        count = len(self._median)
        scaled = tf.clip_by_value((numbers[:, :count] - self._median) * self._scale, -_FAR, _FAR)
        return tf.concat([scaled / tf.sqrt(1 + tf.square(scaled / LIMIT)), numbers[:, count:]], axis=1)
