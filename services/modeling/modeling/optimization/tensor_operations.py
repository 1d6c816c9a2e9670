"""TensorFlow's side of the operations of which links and losses are made: see `modeling.label_kinds.operations`."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class TensorOperations:
    """`LossOperations` on tensors."""

    def sigmoid(self, x: Any) -> Any:
        """Return the probabilities of log-odds."""
        return tf.sigmoid(x)

    def softmax(self, x: Any) -> Any:
        """Return the probabilities of scores, over the last axis."""
        return tf.nn.softmax(x)

    def clip(self, x: Any, bound: float) -> Any:
        """Return x, between -bound and bound."""
        return tf.clip_by_value(x, -bound, bound)

    def float32(self, x: Any) -> Any:
        """Return x as float32."""
        return tf.cast(x, tf.float32)

    def square(self, x: Any) -> Any:
        """Return x²."""
        return tf.square(x)

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the greater one."""
        return tf.maximum(x, y)

    def mean_of_last(self, x: Any) -> Any:
        """Return the mean over the last axis."""
        return tf.reduce_mean(x, axis=-1)

    def sigmoid_cross_entropy(self, truth: Any, log_odds: Any) -> Any:
        """Return the negative log-likelihood of 0 or 1, row by row.

        Keras' own takes the last axis for that of a row's outputs: of [batch] it would take the mean, and only then weigh it.
        """
        return tf.nn.sigmoid_cross_entropy_with_logits(truth, log_odds)

    def softmax_cross_entropy(self, class_ids: Any, scores: Any) -> Any:
        """Return the negative log-likelihood of class ids, row by row."""
        return keras.losses.sparse_categorical_crossentropy(class_ids, scores, from_logits=True)
