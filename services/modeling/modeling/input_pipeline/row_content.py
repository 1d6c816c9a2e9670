"""A hash of each training row's content, by which rows of equal content share a fold.

Hashed are the values that the records hold of the features, and not the label: raw values, or model inputs of records that are
transformed. So the order of rows, files and ranges changes nothing, nor do records `raw` and `none`.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from sources.arrays import Array, Uint64s

_BUCKETS = 2**63 - 1
_SEED = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def content_hashes(numeric: tf.Tensor, categorical: tf.Tensor) -> Uint64s:
    """Return a 64-bit hash of each row, uint64 [rows].

    `numeric`: float32 [rows, N], NaN where missing, and all NaN are one; -0.0 is 0.0. `categorical`: tokens, string
    [rows, M], empty where missing, or ids, int64 [rows, M].
    """
    numbers = numeric.numpy().copy()
    numbers[np.isnan(numbers)] = np.nan
    numbers += np.float32(0)  # -0.0 becomes 0.0
    tokens = tf.strings.to_hash_bucket_fast(categorical, _BUCKETS) if categorical.dtype == tf.string else categorical
    ids: Array = tokens.numpy()
    hashes = np.full(len(numbers), _SEED)
    for column in numbers.view(np.uint32).T:
        hashes = mixed(hashes ^ column)
    for column in ids.astype(np.int64).view(np.uint64).T:
        hashes = mixed(hashes ^ column)
    return hashes


def mixed(values: Uint64s) -> Uint64s:
    """Return values whose every bit depends on all bits: SplitMix64's next output (Steele, Lea and Flood 2014)."""
    values = values + _SEED
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))
