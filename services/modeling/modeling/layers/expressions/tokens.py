"""Functions of the tokens of lists."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize
from contracts.features import EMPTY_LIST
from modeling.layers.expressions.nullable import Nullable


@dataclass(frozen=True)
class Tokens:
    """The tokens of lists, string [tokens], with the row of each, the place of each row's first, and its number of tokens.

    After the last token of a row there may be an empty one, which its text's last separator leaves. `there`: the rows that have
    a list.
    """

    values: tf.Tensor
    rows: tf.Tensor
    starts: tf.Tensor
    counts: tf.Tensor
    there: tf.Tensor

    @classmethod
    def of(cls, operand: Nullable, separator: str) -> Tokens:
        """Split the texts of lists."""
        there = operand.valid & tf.not_equal(operand.values, "")
        lists = tf.strings.split(operand.values, separator)
        lengths = lists.row_lengths()
        ends = tf.cast(tf.equal(tf.gather(lists.values, lists.row_splits[1:] - 1), ""), tf.int64)
        is_empty = tf.equal(operand.values, EMPTY_LIST) | tf.logical_not(there)
        counts = tf.where(is_empty, tf.zeros_like(lengths), lengths - ends)
        return cls(lists.values, lists.value_rowids(), lists.row_starts(), counts, there)

    def number_of(self, token: str) -> tf.Tensor:
        """Return how often the lists have a token, int64 [rows]."""
        places = tf.range(tf.size(self.values, tf.int64)) - tf.gather(self.starts, self.rows)
        chosen = tf.equal(self.values, token) & (places < tf.gather(self.counts, self.rows))
        return tf.math.unsorted_segment_sum(tf.cast(chosen, tf.int64), self.rows, tf.size(self.counts))


def list_size(_node: ListSize, lists: Tokens) -> Nullable:
    """Return the number of tokens."""
    return Nullable(lists.counts, lists.there)


def list_element(node: ListElement, lists: Tokens) -> Nullable:
    """Return the token at a position."""
    zeros = tf.zeros_like(lists.counts)
    place = zeros + (node.position - 1) if node.position > 0 else lists.counts + node.position
    inside = lists.there & (place >= 0) & (place < lists.counts)
    tokens = tf.gather(lists.values, lists.starts + tf.where(inside, place, zeros))
    return Nullable(tokens, inside & tf.not_equal(tokens, ""))


def list_contains(node: ListContains, lists: Tokens) -> Nullable:
    """Return whether a token is in the list."""
    contains = lists.number_of(node.token) > 0
    return Nullable(contains, lists.there & (contains | tf.equal(lists.number_of(""), 0)))
