"""Numbers become the ids of the buckets that they fall into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from contracts.features import FIRST_ID, MISSING_ID
from contracts.features.float32 import SMALLEST_NORMAL_FLOAT32
from contracts.input_rules import BucketInput


class BucketizeNumbers(keras.layers.Layer):
    """1 plus the number of bounds that are not above x, column by column.

    Input: float32 [batch, features]; NaN and the infinities are missing. Output: int64 [batch, features]. A missing number takes
    the rule's fill value, or has the id 0 where there is none. Subnormal numbers count as 0 on every thread.

    >>> rule = BucketInput("age", fill=None, bounds=(18.0, 65.0))
    >>> BucketizeNumbers([rule])(tf.constant([[17.9], [18.0], [99.0], [float("nan")]])).numpy().tolist()
    [[1], [2], [3], [0]]
    """

    def __init__(self, rules: Sequence[BucketInput], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        bounds = np.full((len(rules), max(1, *(len(rule.bounds) for rule in rules))), np.inf, np.float32)
        for column, rule in enumerate(rules):
            bounds[column, : len(rule.bounds)] = rule.bounds
        self._bounds = tf.constant(bounds)
        self._fill = tf.constant([rule.fill or 0.0 for rule in rules], tf.float32)
        self._filled = tf.constant([rule.fill is not None for rule in rules], tf.bool)
        self.built = True

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Return the ids, int64 [batch, features]."""
        there = tf.math.is_finite(values)
        values = tf.where(there, values, self._fill)
        values = tf.where(tf.abs(values) < SMALLEST_NORMAL_FLOAT32, tf.zeros_like(values), values)
        below = tf.searchsorted(self._bounds, tf.transpose(values), side="right", out_type=tf.int64)
        ids = tf.transpose(below) + FIRST_ID
        return tf.where(there | self._filled, ids, tf.constant(MISSING_ID, tf.int64))
