"""Vectors of examples, features of several numbers each, among single numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from sources.matrices import places_of


def with_vectors(
    numbers: tf.Tensor, names: Sequence[str], vectors: Mapping[str, tuple[Any, Sequence[str]]]
) -> tf.Tensor:
    """Return numbers, float32 [batch, names], in which the elements of vectors stand where an example has these.

    `vectors`: ragged float32 [batch, (elements)] and the names of the elements; without a value the single numbers stay. A list
    of another length, and one next to a single number, fail with `InvalidArgumentError`, which names the vector or the number.
    """
    if not vectors:
        return numbers
    columns = [tf.fill([tf.shape(numbers)[0], 1], float("nan"))]
    sources = dict.fromkeys(names, 0)
    width = 1
    for vector, (lists, elements) in vectors.items():
        checks = _alone(vector, lists, elements, tf.gather(numbers, places_of(elements, names), axis=1))
        with tf.control_dependencies(checks):
            columns.append(_matrix(vector, lists, len(elements)))
        sources |= dict(zip(elements, range(width, width + len(elements)), strict=True))
        width += len(elements)
    given = tf.gather(tf.concat(columns, axis=1), [sources[name] for name in names], axis=1)
    return tf.where(tf.math.is_nan(given), numbers, given)


def _alone(vector: str, lists: Any, elements: Sequence[str], singles: tf.Tensor) -> list[tf.Operation]:
    """Return the checks that an example with a vector has no single number of it. `singles`: float32 [batch, elements]."""
    both = tf.reduce_any((lists.row_lengths() > 0)[:, tf.newaxis] & tf.logical_not(tf.math.is_nan(singles)), axis=0)
    first = tf.gather(tf.constant(list(elements)), tf.argmax(both))
    return [
        tf.debugging.Assert(
            ~tf.reduce_any(both), [tf.strings.join([first, f": is in {vector!r}, too; send one of them"])]
        )
    ]


def _matrix(vector: str, lists: Any, size: int) -> tf.Tensor:
    """Return the vector's elements, float32 [batch, size], NaN where an example has none."""
    lengths = lists.row_lengths()
    message = f"{vector}: must have {size} numbers, or no value where it is missing"
    check = tf.debugging.Assert(tf.reduce_all((lengths == size) | (lengths == 0)), [message])
    with tf.control_dependencies([check]):
        return tf.identity(lists.to_tensor(float("nan"), shape=[None, size]))
