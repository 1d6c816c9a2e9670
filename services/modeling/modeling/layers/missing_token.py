"""Missing tokens are recognized inside the graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf


class MissingToken(keras.layers.Layer):
    """Recognizes missing tokens: string [batch, features] to bool [batch, features].

    Missing are empty text and each of the column's `null_tokens`.

    >>> MissingToken([["NA"], ["NA"], ["-"]])(tf.constant([["NA", "", "NA"]])).numpy().tolist()
    [[True, True, False]]
    """

    def __init__(self, null_tokens: Sequence[Iterable[str]], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        nulls = [sorted({b"", *(token.encode() for token in tokens)}) for tokens in null_tokens]
        width = max(map(len, nulls), default=1)
        self._nulls = [tokens + [b""] * (width - len(tokens)) for tokens in nulls]
        self.built = True

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        """Return True where a token is missing, bool [batch, features]."""
        return tf.reduce_any(tf.equal(tf.expand_dims(tokens, -1), tf.constant(self._nulls, tf.string)), axis=-1)
