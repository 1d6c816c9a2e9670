"""Normalization form KD inside the graph, by Arrow's tables: TensorFlow has none."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from sources.expressions.unicode_tables import decomposition

_tf: Any = tf
"""Untyped: the stubs lack `tf.RaggedTensor.from_value_rowids`."""
_RANKS = 256
"""More than there are ranks of marks."""


def decomposed(text: tf.Tensor) -> tf.Tensor:
    """Return text, string [rows] of UTF-8, in normalization form KD.

    >>> decomposed(tf.constant(["ﬁ", "é"])).numpy().tolist() == ["fi".encode(), "e\u0301".encode()]
    True
    """
    characters = tf.strings.unicode_decode(text, "UTF-8")
    parts = _in_order(_parts(characters))
    return tf.strings.unicode_encode(parts, "UTF-8")


def _parts(characters: tf.RaggedTensor) -> tf.RaggedTensor:
    """Return characters, int32 [rows, (characters)], each with those that it consists of in its place."""
    tables = decomposition()
    changed, ends = tf.constant(tables.changed), tf.constant(tables.ends)
    points = characters.flat_values
    places = tf.minimum(tf.searchsorted(changed, points), tf.size(changed) - 1)
    is_changed = tf.equal(tf.gather(changed, places), points)
    begins = tf.gather(ends, places)
    lengths = tf.where(is_changed, tf.gather(ends, places + 1) - begins, 1)
    offsets = tf.repeat(begins - tf.cumsum(lengths, exclusive=True), lengths) + tf.range(tf.reduce_sum(lengths))
    parts = tf.gather(tf.constant(tables.parts), tf.where(tf.repeat(is_changed, lengths), offsets, 0))
    values = tf.where(tf.repeat(is_changed, lengths), parts, tf.repeat(points, lengths))
    rows = tf.repeat(characters.value_rowids(), lengths)
    return _tf.RaggedTensor.from_value_rowids(values, rows, characters.nrows(), validate=False)


def _in_order(characters: tf.RaggedTensor) -> tf.RaggedTensor:
    """Return characters with the marks after each other one in the order of their ranks."""
    tables = decomposition()
    marks, points = tf.constant(tables.marks), characters.flat_values
    places = tf.minimum(tf.searchsorted(marks, points), tf.size(marks) - 1)
    is_mark = tf.equal(tf.gather(marks, places), points)
    ranks = tf.where(is_mark, tf.gather(tf.constant(tables.ranks), places), 0)
    groups = tf.cast(tf.cumsum(tf.cast(tf.equal(ranks, 0), tf.int32)), tf.int64) + characters.value_rowids()
    keys = groups * _RANKS + tf.cast(ranks, tf.int64)
    ordered = tf.cond(
        tf.reduce_all(keys[1:] >= keys[:-1]),
        lambda: points,
        lambda: tf.gather(points, tf.argsort(keys, stable=True)),
    )
    return characters.with_flat_values(ordered)
