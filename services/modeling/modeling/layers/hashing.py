"""Tokens become ids inside the graph without a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from contracts.features import FIRST_ID, MISSING_ID
from modeling.layers.token_hash import token_hash


class Hashing(keras.layers.Layer):
    """1 + FarmHash Fingerprint64(token) mod the column's number of buckets; 0 where it is missing.

    Input: `tokens` string [batch, features] of any bytes, `missing` bool of the same shape. Output: int64 [batch, features].

    >>> Hashing([10])(tf.constant([["UA"], [""]]), tf.constant([[False], [True]])).numpy().tolist()
    [[10], [0]]
    """

    def __init__(self, buckets: Sequence[int], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self._buckets = list(buckets)
        self.built = True

    def call(self, tokens: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
        """Return the ids, int64 [batch, features]."""
        ids = token_hash(tokens, self._buckets) + FIRST_ID
        return tf.where(missing, tf.constant(MISSING_ID, tf.int64), ids)
