"""Splits that fit into memory: read and made into model inputs once, and permuted for each epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from modeling.input_pipeline.shuffle_records import Batches, permuted

HELD_BYTES = 64 << 20
"""Memory that the rows of a held split take at most."""

_tf: Any = tf
"""Untyped: the stubs lack functions of several tensors."""


def hold(batches: Batches) -> Any:
    """Return the rows of all batches together, in the batches' structure."""
    read = list(batches)
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, 0), *read)


def held_count(rows: Any) -> int:
    """Return the number of rows that `hold` has returned."""
    return len(tf.nest.flatten(rows)[0])


def held_epochs(rows: Any, part: tuple[int, int], sizes: np.ndarray[Any, Any], seed: int, epochs: range) -> Batches:
    """Return the rows from index `part[0]` up to `part[1]` once per epoch, in an order of its own, in batches of `sizes`."""
    own = tf.nest.map_structure(lambda values: values[part[0] : part[1]], rows)

    def epoch(number: tf.Tensor) -> Any:
        return permuted(own, tf.stack([tf.constant(seed, tf.int64), number]), tf.constant(0, tf.int64))

    numbers = _tf.data.Dataset.range(epochs.start, epochs.stop)
    batches = numbers.map(tf.autograph.experimental.do_not_convert(epoch)).rebatch(sizes)
    return batches.apply(tf.data.experimental.assert_cardinality(len(epochs) * len(sizes)))


def held_batches(rows: Any, batch_size: int) -> Batches:
    """Return the rows in their own order."""
    return _tf.data.Dataset.from_tensors(rows).rebatch(batch_size)
