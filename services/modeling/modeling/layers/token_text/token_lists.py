"""The text of lists of tokens inside the graph, see `contracts.features.many`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from contracts.expressions.patterns.literals import NUMBER_OR_MISSING
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
    """Return tokens, string [batch, tokens] in the order of the raw columns, if the lists among them are as they have to be.

    Else, for a list that is too long or holds text among numbers, the graph fails with `InvalidArgumentError`, which names the
    feature.
    """
    columns = {name: place for place, name in enumerate(schema.raw_columns("token"))}
    checks = [
        _short_enough(tokens[:, columns[name]], name, bag) for name, bag in schema.bags.items() if name in columns
    ]
    checks += [
        _of_numbers(tokens[:, columns[name]], name, separator, schema.null_tokens)
        for name, separator in schema.number_lists.items()
    ]
    if not checks:
        return tokens
    with tf.control_dependencies(checks):
        return tf.identity(tokens)


def undivided(values: tf.Tensor, rows: tf.Tensor, count: tf.Tensor, name: str, separator: str) -> tf.Operation:
    """Return the check that no token of a list of several, in text of which they are joined, holds the separator.

    `values` string [tokens], `rows` int64 [tokens]: their lists, of `count`. It fails with `InvalidArgumentError`, which names
    the feature.
    """
    is_one = tf.equal(tf.math.unsorted_segment_sum(tf.ones_like(rows), rows, count), 1)
    is_whole = tf.equal(tf.strings.split(values, separator).row_lengths(), 1) | tf.gather(is_one, rows)
    message = f"{name}: a token of the list holds the separator {separator!r}; name another in many.separator"
    return tf.debugging.Assert(tf.reduce_all(is_whole), [message])


def _short_enough(texts: tf.Tensor, name: str, bag: Many) -> tf.Operation:
    lists = tf.strings.split(texts, bag.separator)
    ends = tf.cast(tf.equal(tf.gather(lists.values, lists.row_splits[1:] - 1), ""), tf.int64)
    is_short = tf.reduce_all(lists.row_lengths() - ends <= bag.max)
    return tf.debugging.Assert(is_short, [f"{name}: must have at most {bag.max} tokens"])


def _of_numbers(texts: tf.Tensor, name: str, separator: str, null_tokens: Sequence[str]) -> tf.Operation:
    lists = tf.strings.split(texts, separator)
    is_missing = tf.reduce_any(tf.equal(texts[:, tf.newaxis], [EMPTY_LIST, "", *null_tokens]), axis=1)
    is_number = tf.strings.regex_full_match(lists.values, NUMBER_OR_MISSING)
    message = f"{name}: must be a list of numbers, or their text with {separator!r} between them, or no value where it is missing"
    return tf.debugging.Assert(tf.reduce_all(is_number | tf.gather(is_missing, lists.value_rowids())), [message])
