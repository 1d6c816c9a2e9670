"""FarmHash Fingerprint64 of tokens, modulo a number of buckets for each column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


def token_hash(tokens: tf.Tensor, buckets: Sequence[int]) -> tf.Tensor:
    """Return Fingerprint64(token) mod the column's number of buckets: string [batch, columns] to int64 [batch, columns].

    `tf.strings.to_hash_bucket_fast` is that function; one call serves all columns that have the same number of buckets.
    """
    groups = {size: [column for column, own in enumerate(buckets) if own == size] for size in dict.fromkeys(buckets)}
    if len(groups) == 1:
        return tf.strings.to_hash_bucket_fast(tokens, buckets[0])
    parts = [
        tf.strings.to_hash_bucket_fast(tf.gather(tokens, columns, axis=1), size) for size, columns in groups.items()
    ]
    order = [column for columns in groups.values() for column in columns]
    return tf.gather(tf.concat(parts, axis=1), np.argsort(order).tolist(), axis=1)
