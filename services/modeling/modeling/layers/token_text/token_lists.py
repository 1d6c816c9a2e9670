"""The text of lists of tokens inside the graph, see `contracts.features.many`."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from contracts.features import EMPTY_LIST, MISSING_ID, NO_ID, Many
from contracts.schema import Schema


def list_ids(
    texts: tf.Tensor, missing: tf.Tensor, separator: str, width: int, ids_of: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Return the ids of lists, int64 [batch, width]: each token's plus 1, then 0; of a missing list 1 alone.

    `texts` string [batch], `missing` bool [batch]; `ids_of`: from tokens, string [tokens], to ids, int64 [tokens]. Of a list of
    more tokens the first ones count.
    """
    lists = tf.strings.split(texts, separator)
    tokens, lasts = lists.values, lists.row_splits[1:] - 1
    is_last = tf.tensor_scatter_nd_update(
        tf.zeros_like(tokens, tf.bool), lasts[:, tf.newaxis], tf.ones_like(lasts, tf.bool)
    )
    ends = is_last & tf.equal(tokens, "")  # what the separator after the last token leaves
    ids = tf.where(ends, tf.constant(NO_ID, tf.int64), ids_of(tokens) + 1)
    dense = lists.with_values(ids).to_tensor(NO_ID, shape=[None, width])
    alone = tf.one_hot(tf.zeros_like(missing, tf.int32), width, MISSING_ID + 1, NO_ID, dtype=tf.int64)
    dense = tf.where(tf.equal(texts, EMPTY_LIST)[:, tf.newaxis], tf.constant(NO_ID, tf.int64), dense)
    return tf.ensure_shape(tf.where(missing[:, tf.newaxis], alone, dense), [None, width])


def checked_lists(tokens: tf.Tensor, schema: Schema) -> tf.Tensor:
    """Return tokens, string [batch, tokens] in the order of the raw columns, if no list among them is too long.

    Else the graph fails with `InvalidArgumentError`, which names the feature.
    """
    columns = {name: place for place, name in enumerate(schema.raw_columns("token"))}
    checks = [
        _short_enough(tokens[:, columns[name]], name, bag) for name, bag in schema.bags.items() if name in columns
    ]
    if not checks:
        return tokens
    with tf.control_dependencies(checks):
        return tf.identity(tokens)


def _short_enough(texts: tf.Tensor, name: str, bag: Many) -> tf.Operation:
    lists = tf.strings.split(texts, bag.separator)
    ends = tf.cast(tf.equal(tf.gather(lists.values, lists.row_splits[1:] - 1), ""), tf.int64)
    is_short = tf.reduce_all(lists.row_lengths() - ends <= bag.max)
    return tf.debugging.Assert(is_short, [f"{name}: must have at most {bag.max} tokens"])
