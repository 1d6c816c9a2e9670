"""Statistics of lists of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from contracts.expressions.nodes.lists import ListStatistic
from contracts.expressions.patterns.literals import plain_doubles
from modeling.layers.expressions.casts import read_doubles
from modeling.layers.expressions.nullable import Nullable, kept

_SMALLEST = 2.0**-126
"""The smallest normal float32."""


@dataclass(frozen=True)
class NumberLists:
    """The elements of lists, each a float32 in a double and 0 where it is no finite number, and their int64 rows.

    `is_number`: bool [elements]. `counts`: int64 [rows], the numbers of a list. `there`: bool [rows], the rows that have a list.
    """

    numbers: tf.Tensor
    is_number: tf.Tensor
    rows: tf.Tensor
    counts: tf.Tensor
    there: tf.Tensor

    @classmethod
    def of(cls, operand: Nullable, separator: str) -> NumberLists:
        """Read the texts of lists.

        Most lists hold plain numbers alone, and a list is matched in less time than its elements.
        """
        texts = operand.values
        split = tf.raw_ops.StringSplitV2(input=texts, sep=separator)
        rows = split.indices[:, 0]
        is_plain = tf.strings.regex_full_match(texts, plain_doubles(separator))
        numbers, is_number = _numbers(split.values, tf.gather(is_plain, rows))
        counts = tf.math.unsorted_segment_sum(tf.cast(is_number, tf.int64), rows, tf.size(texts))
        return cls(numbers, is_number, rows, counts, operand.valid & tf.not_equal(texts, ""))


def list_statistic(node: ListStatistic, lists: NumberLists) -> Nullable:
    """Return the statistic of each list; invalid where the list is missing, or has no number but for a count."""
    if node.op == "list_count":
        return Nullable(lists.counts, lists.there)
    return Nullable(STATISTICS[node.op](lists), lists.there & (lists.counts > 0))


def _numbers(tokens: tf.Tensor, is_plain: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return tokens as float32 in doubles, 0 where they are no finite numbers, and where they are."""
    doubles, is_number = read_doubles(tokens, is_plain)
    singles = kept(tf.cast(doubles, tf.float32))
    is_finite = is_number & tf.math.is_finite(singles)
    is_other = is_finite & (tf.abs(doubles) >= _SMALLEST)
    return tf.where(is_other, tf.cast(singles, tf.float64), tf.constant(0.0, tf.float64)), is_finite


def _sum(lists: NumberLists) -> tf.Tensor:
    """Return sums of each row: on processors the operation adds one after the other, and a 0 changes no sum."""
    return tf.math.unsorted_segment_sum(lists.numbers, lists.rows, tf.size(lists.counts))


def _mean(lists: NumberLists) -> tf.Tensor:
    divisor = tf.maximum(lists.counts, tf.ones_like(lists.counts))
    return tf.realdiv(_sum(lists), kept(tf.cast(divisor, tf.float64)))


def _min(lists: NumberLists) -> tf.Tensor:
    numbers = tf.where(lists.is_number, lists.numbers, tf.constant(np.inf, tf.float64))
    return tf.math.unsorted_segment_min(numbers, lists.rows, tf.size(lists.counts))


def _max(lists: NumberLists) -> tf.Tensor:
    numbers = tf.where(lists.is_number, lists.numbers, tf.constant(-np.inf, tf.float64))
    return tf.math.unsorted_segment_max(numbers, lists.rows, tf.size(lists.counts))


STATISTICS: dict[str, Callable[[NumberLists], tf.Tensor]] = {
    "list_sum": _sum,
    "list_mean": _mean,
    "list_min": _min,
    "list_max": _max,
}
