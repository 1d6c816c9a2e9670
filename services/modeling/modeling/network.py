"""The trainable part: from model inputs to the log-odds of the label being 1.

Everything that does not learn lies before it, in `layers`; the same network is trained whatever the dataset's records hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, assert_never

import keras
import tensorflow as tf

from modeling.layers.fused_embedding import FusedEmbedding
from modeling.messages import Dnn, Linear, NetworkSpec

_WIDEST_EMBEDDING = 16


def build_network(spec: NetworkSpec, numeric_width: int, sizes: Sequence[int]) -> keras.Model:
    """A built network. Called with `(numeric, categorical)`, the model inputs; gives log-odds, float32 [batch].

    `numeric_width`: how many inputs are numbers; `sizes`: for each of the others how many ids it has. Tokens, buckets of numbers
    and crosses are all ids: each has a vector of its own in a deep network, and a weight of its own in a linear one.
    """
    match spec:
        case Linear():
            network: keras.Model = LinearNetwork(numeric_width, sizes)
        case Dnn():
            network = DeepNetwork(numeric_width, sizes, spec.hidden, spec.dropout)
        case _:
            assert_never(spec)
    network((tf.zeros([1, numeric_width]), tf.zeros([1, len(sizes)], tf.int64)))
    return network


def embedding_width(size: int) -> int:
    """The default length of the vectors for a vocabulary of that many ids: a power of two that grows with its root.

    1.6 n^0.56 is fast.ai's rule; powers of two let features share tables.

    >>> [embedding_width(size) for size in (3, 20, 1000, 1_000_000)]
    [2, 8, 16, 16]
    """
    return min(2 ** max(round(math.log2(1.6 * size**0.56)), 1), _WIDEST_EMBEDDING)


class LinearNetwork(keras.Model):
    """Logistic regression. The weights of category ids begin at 0, so that an id never seen in training adds nothing."""

    def __init__(self, numeric_width: int, sizes: Sequence[int]) -> None:
        super().__init__(name="linear")
        self.numbers = keras.layers.Dense(1, kernel_initializer="zeros") if numeric_width else None
        self.categories = FusedEmbedding(sizes, 1, initializer="zeros") if sizes else None
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> tf.Tensor:
        """See `build_network`."""
        numeric, categorical = inputs
        logit = tf.fill([tf.shape(numeric)[0]], 0.0) + self.bias.value
        if self.numbers is not None:
            logit += tf.squeeze(self.numbers(numeric), axis=1)
        if self.categories is not None:
            logit += tf.reduce_sum(self.categories(categorical), axis=[1, 2])
        return logit


class DeepNetwork(keras.Model):
    """Numbers and embeddings side by side, then fully connected layers."""

    def __init__(self, numeric_width: int, sizes: Sequence[int], hidden: Sequence[int], dropout: float) -> None:
        super().__init__(name="dnn")
        del numeric_width  # the first hidden layer sees it by itself
        widths = [embedding_width(size) for size in sizes]
        self.groups = [[at for at, each in enumerate(widths) if each == width] for width in sorted(set(widths))]
        self.embeddings = [
            FusedEmbedding([sizes[at] for at in group], widths[group[0]], name=f"embedding_{widths[group[0]]}")
            for group in self.groups
        ]
        self.hidden = [keras.layers.Dense(units, activation="relu") for units in hidden]
        self.dropout = keras.layers.Dropout(dropout)
        self.logit = keras.layers.Dense(1)

    def call(self, inputs: Any, *, training: bool = False) -> tf.Tensor:
        """See `build_network`."""
        numeric, categorical = inputs
        parts = [numeric]
        for group, embedding in zip(self.groups, self.embeddings, strict=True):
            ids = tf.gather(categorical, tf.constant(group, tf.int32), axis=1)
            parts.append(tf.reshape(embedding(ids), [-1, len(group) * embedding.width]))
        state = tf.concat(parts, axis=1)
        for layer in self.hidden:
            state = self.dropout(layer(state), training=training)
        return tf.squeeze(self.logit(state), axis=1)
