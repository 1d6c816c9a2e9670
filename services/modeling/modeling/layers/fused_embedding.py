"""Many categories, few tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import keras
import numpy as np
import tensorflow as tf

from contracts.features import NO_ID, Many
from contracts.features.many import Combine


class FusedEmbedding(keras.layers.Layer):
    """One trainable vector per id and feature, those of all features below one another in one table.

    Input: int64 [batch, columns]; ids of feature f are below `sizes[f]`. Output: float32 [batch, features, width].
    One gather serves all features, where a table each would cost a step as many small operations as there are features.

    A feature has one column; at the end there may be features of several, whose vectors become one, as their rule in `bags` has
    it. Id 0 of those is no id: it adds nothing. `weights`: of their ids, float32 [ids of all bags]; each 1 by default.

    `scales`: a number for each id, by which its vector is multiplied, at the beginning as well, float32 [ids]; none by default.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        width: int,
        initializer: str = "uniform",
        scales: np.ndarray[Any, Any] | None = None,
        bags: Sequence[Many] = (),
        weights: np.ndarray[Any, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.width = width
        self.sizes = tuple(sizes)
        self._bags = tuple(bags)
        self._single = len(sizes) - len(bags)
        offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self._offsets = np.repeat(offsets, [1] * self._single + [bag.max for bag in bags])
        self._weights: Any = None
        if weights is not None:
            factors = np.concatenate([np.ones(sum(sizes) - len(weights), np.float32), weights])
            self._weights = self.add_weight(
                shape=(sum(sizes),), initializer=lambda *_, **__: tf.constant(factors), trainable=False, name="weights"
            )
        self.table = self.add_weight(shape=(sum(sizes), width), initializer=initializer, name="table")
        self._scales: Any = None
        if scales is not None:
            self._scales = self.add_weight(
                shape=(sum(sizes),), initializer=lambda *_, **__: tf.constant(scales), trainable=False, name="scales"
            )
            self.table.assign(self.table.value * scales[:, np.newaxis])
        self.built = True

    @property
    def adds_up(self) -> np.ndarray[Any, Any]:
        """Return which features are lists whose vectors are added up, bool [features]."""
        return np.array([False] * self._single + [bag.combine == "sum" for bag in self._bags], bool)

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        """Return the vectors, float32 [batch, features, width]."""
        vectors, scales = self.vectors_and_scales(ids)
        return self.combined(vectors if scales is None else vectors * scales, ids)

    def vectors_and_scales(self, ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Return the vectors before they are multiplied, float32 [batch, columns, width], and the numbers for that, if any.

        Those are float32 [batch, columns, 1].
        """
        rows = ids + tf.constant(self._offsets)
        vectors = tf.gather(self.table.value, rows)
        if self._bags:
            single = tf.ones_like(ids[:, : self._single], tf.float32)
            vectors *= tf.expand_dims(tf.concat([single, self._bag_weights(ids)], axis=1), -1)
        return vectors, None if self._scales is None else tf.gather(self._scales.value, rows)[..., None]

    def combined(self, vectors: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Return a vector for each feature, float32 [batch, features, width], from one for each column."""
        if not self._bags:
            return vectors
        parts, begin = [vectors[:, : self._single]], 0
        lists, weights = vectors[:, self._single :], self._bag_weights(ids)
        for bag in self._bags:
            own = slice(begin, begin + bag.max)
            begin += bag.max
            total = tf.reduce_sum(lists[:, own], axis=1, keepdims=True)
            parts.append(total / _divisor(bag.combine, weights[:, own])[:, None, None])
        return tf.concat(parts, axis=1)

    def _bag_weights(self, ids: tf.Tensor) -> tf.Tensor:
        """Return what the vectors of the lists' ids are multiplied by, float32 [batch, columns of lists]: 0 for no id."""
        own = ids[:, self._single :]
        there = tf.cast(own > NO_ID, tf.float32)
        if self._weights is None:
            return there
        return there * tf.gather(self._weights.value, own + tf.constant(self._offsets[self._single :]))

    def multiply(self) -> None:
        """Multiply the vectors by their scales once and for all: the same output, by one gather less."""
        if self._scales is not None:
            self.table.assign(self.table.value * self._scales.value[:, None])
            self._scales = None


def _divisor(combine: Combine, weights: tf.Tensor) -> tf.Tensor:
    """Return by what the sum of a row's vectors is divided, float32 [batch]: 1 without weights above 0.

    `weights`: float32 [batch, tokens], of the vectors.
    """
    match combine:
        case "mean":
            total = tf.reduce_sum(weights, axis=1)
        case "sqrtn":
            total = tf.sqrt(tf.reduce_sum(tf.square(weights), axis=1))
        case "sum":
            return tf.ones_like(weights[:, 0])
        case _:
            assert_never(combine)
    return tf.where(total > 0, total, 1.0)
