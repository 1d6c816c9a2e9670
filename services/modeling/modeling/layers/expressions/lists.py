"""Statistics of lists of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from contracts.expressions.nodes.lists import ListStatistic
from modeling.layers.expressions.casts import read_doubles
from modeling.layers.expressions.nullable import Nullable, kept

_SMALLEST = 2.0**-126
"""The smallest normal float32."""


@dataclass(frozen=True)
class NumberLists:
    """The finite numbers of lists, each a float32 in a double, int64 rows of theirs, and int64 [rows] of how many a list has.

    `there`: bool [rows], the rows that have a list.
    """

    numbers: tf.Tensor
    rows: tf.Tensor
    counts: tf.Tensor
    there: tf.Tensor

    @classmethod
    def of(cls, operand: Nullable, separator: str) -> NumberLists:
        """Read the texts of lists."""
        texts = operand.values
        lists = tf.strings.split(texts, separator)
        numbers, rows = _numbers(lists.values, lists.value_rowids())
        counts = tf.math.unsorted_segment_sum(tf.ones_like(rows), rows, tf.shape(texts, tf.int64)[0])
        return cls(numbers, rows, counts, operand.valid & tf.not_equal(texts, ""))


def list_statistic(node: ListStatistic, lists: NumberLists) -> Nullable:
    """Return the statistic of each list; invalid where the list is missing, or has no number but for a count."""
    if node.op == "list_count":
        return Nullable(lists.counts, lists.there)
    return Nullable(STATISTICS[node.op](lists.numbers, lists.rows, lists.counts), lists.there & (lists.counts > 0))


def _numbers(tokens: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the finite numbers among tokens as float32 in doubles, and their rows."""
    doubles, is_number = read_doubles(tokens)
    large = tf.where(tf.abs(doubles) < _SMALLEST, tf.zeros_like(doubles), doubles)
    singles = tf.cast(kept(tf.cast(large, tf.float32)), tf.float64) + kept(tf.constant(0.0, tf.float64))
    is_finite = is_number & tf.math.is_finite(singles)
    return tf.boolean_mask(singles, is_finite), tf.boolean_mask(rows, is_finite)


def _sum(numbers: tf.Tensor, rows: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    """Return sums of each row: on processors the operation adds one after the other."""
    return tf.math.unsorted_segment_sum(numbers, rows, tf.size(counts))


def _mean(numbers: tf.Tensor, rows: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    divisor = tf.maximum(counts, tf.ones_like(counts))
    return tf.realdiv(_sum(numbers, rows, counts), kept(tf.cast(divisor, tf.float64)))


def _min(numbers: tf.Tensor, rows: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    return tf.math.unsorted_segment_min(numbers, rows, tf.size(counts))


def _max(numbers: tf.Tensor, rows: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    return tf.math.unsorted_segment_max(numbers, rows, tf.size(counts))


STATISTICS: dict[str, Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "list_sum": _sum,
    "list_mean": _mean,
    "list_min": _min,
    "list_max": _max,
}
