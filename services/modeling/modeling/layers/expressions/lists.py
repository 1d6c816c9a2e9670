"""Statistics of lists of numbers."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from contracts.expressions.nodes.lists import ListStatistic
from contracts.expressions.patterns.literals import DOUBLE
from modeling.layers.expressions.nullable import Nullable, kept

_SMALLEST = 2.0**-126
"""The smallest normal float32."""


def list_statistic(node: ListStatistic, operand: Nullable) -> Nullable:
    """Return the statistic of each list; invalid where the list is missing, or has no number but for a count."""
    texts = operand.values
    lists = tf.strings.split(texts, node.separator)
    size = tf.shape(texts, tf.int64)[0]
    numbers, rows = _numbers(lists.values, lists.value_rowids())
    counts = tf.math.unsorted_segment_sum(tf.ones_like(rows), rows, size)
    valid = operand.valid & tf.not_equal(texts, "")
    if node.op == "list_count":
        return Nullable(counts, valid)
    return Nullable(STATISTICS[node.op](numbers, rows, counts), valid & (counts > 0))


def _numbers(tokens: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the finite numbers among tokens as float32 in doubles, and their rows."""
    is_number = tf.strings.regex_full_match(tokens, DOUBLE)
    digits = tf.strings.regex_replace(tf.boolean_mask(tokens, is_number), DOUBLE, r"\1\2", replace_global=False)
    doubles = tf.strings.to_number(digits, tf.float64)
    large = tf.where(tf.abs(doubles) < _SMALLEST, tf.zeros_like(doubles), doubles)
    singles = tf.cast(kept(tf.cast(large, tf.float32)), tf.float64) + kept(tf.constant(0.0, tf.float64))
    is_finite = tf.math.is_finite(singles)
    return tf.boolean_mask(singles, is_finite), tf.boolean_mask(tf.boolean_mask(rows, is_number), is_finite)


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
