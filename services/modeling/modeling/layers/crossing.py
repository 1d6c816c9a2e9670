"""Pairs of tokens become ids inside the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from contracts.features import FIRST_ID, MISSING_ID
from modeling.layers.token_hash import token_hash


class Crossing(keras.layers.Layer):
    """1 + FarmHash Fingerprint64(j) mod the cross's number of buckets; 0 where either token is missing.

    j is the number of bytes of the first token in decimal, a colon, and both tokens: no two pairs of any bytes share
    one. Input: `tokens` string [batch, features], `missing` bool of the same shape. Output: int64 [batch, crosses]. `pairs`:
    for each cross the columns of its two features.
    """

    def __init__(self, pairs: Sequence[tuple[int, int]], buckets: Sequence[int], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._first = [first for first, _ in pairs]
        self._second = [second for _, second in pairs]
        self._buckets = list(buckets)
        self.built = True

    def call(self, tokens: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
        """Return the ids, int64 [batch, crosses]."""
        first, second = tf.gather(tokens, self._first, axis=1), tf.gather(tokens, self._second, axis=1)
        joined = tf.strings.join([tf.strings.as_string(tf.strings.length(first)), ":", first, second])
        absent = tf.gather(missing, self._first, axis=1) | tf.gather(missing, self._second, axis=1)
        ids = token_hash(joined, self._buckets) + FIRST_ID
        return tf.where(absent, tf.constant(MISSING_ID, tf.int64), ids)
