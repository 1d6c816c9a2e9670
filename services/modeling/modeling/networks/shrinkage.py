"""Vectors of ids that few training rows have are held near 0, where they change nothing.

A vector of sixteen numbers learns the labels of twenty rows by heart, and the rows of validation and of tomorrow have others.
As in a model of mixed effects, n rows count n / (n + k). Here that factor multiplies the vector: Adam moves each weight by about
its rate, however rarely, and the factor makes those steps small. A penalty of (k / n)² keeps them from adding up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

RowsById = np.ndarray[Any, Any]
"""Training rows of each id of one input, float64 [ids], above 0."""


def scales(rows_by_id: Sequence[RowsById], shrinkage: float) -> list[np.ndarray[Any, Any]]:
    """Return for each input the factor of each id's vector, float32 [ids]: n / (n + `shrinkage`) for n rows."""
    return [(rows / (rows + shrinkage)).astype(np.float32) for rows in rows_by_id]


def shrinkage_penalty(vectors: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Return the addition to the loss of a batch. `vectors`: float32 [batch, features, width], `factors`: [batch, features, 1].

    The sum of squares of each vector before it is multiplied, times (`shrinkage` / n)², on average over the batch.
    """
    rows = tf.cast(tf.maximum(tf.shape(vectors)[0], 1), tf.float32)
    return tf.reduce_sum(tf.square(vectors * ((1 - factors) / factors))) / rows
