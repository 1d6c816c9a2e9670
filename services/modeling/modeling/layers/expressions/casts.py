"""Casts, one function for each pair of types."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from contracts.expressions import ResultType
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.patterns.literals import DOUBLE, FALSE, INTEGER, LARGEST_DIGITS, PLAIN_DOUBLE, TRUE
from modeling.layers.expressions.functions import as_integers
from modeling.layers.expressions.nullable import Nullable, without_subnormals

_INT32 = 2**31
_LOW_DIGITS = 9
_MOST_DIGITS = 19


def cast(node: Cast, operand: Nullable) -> Nullable:
    """Return the operand as another type, invalid where it has no place there."""
    source = node.operand.result_type
    cast_values = operand if source == node.to else CASTS[source, node.to](operand)
    if node.to == "integer" and node.bits == 32:
        return cast_values.where((cast_values.values >= -_INT32) & (cast_values.values < _INT32))
    return cast_values


def _to_double(operand: Nullable) -> Nullable:
    return Nullable(tf.cast(operand.values, tf.float64), operand.valid)


def _boolean_to_integer(operand: Nullable) -> Nullable:
    return Nullable(tf.cast(operand.values, tf.int64), operand.valid)


def _double_to_integer(operand: Nullable) -> Nullable:
    values = operand.values
    return as_integers(Nullable(tf.where(values < 0, tf.math.ceil(values), tf.floor(values)), operand.valid))


def _to_boolean(operand: Nullable) -> Nullable:
    return Nullable(tf.not_equal(operand.values, 0), operand.valid)


def _integer_to_text(operand: Nullable) -> Nullable:
    return Nullable(tf.strings.as_string(operand.values), operand.valid)


def _boolean_to_text(operand: Nullable) -> Nullable:
    return Nullable(tf.where(operand.values, "true", "false"), operand.valid)


def _text_to_double(operand: Nullable) -> Nullable:
    doubles, is_number = read_doubles(operand.values)
    return Nullable(without_subnormals(doubles), operand.valid & is_number)


def read_doubles(texts: tf.Tensor, is_plain: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the number that each text is, float64 [texts], 0 where it is none, and which texts are numbers, bool [texts].

    `is_plain`: texts that are known to match PLAIN_DOUBLE, bool [texts], where the caller matched them. Few texts are
    numbers with spaces around, and the pattern that takes those apart is slow.
    """
    plain = tf.strings.regex_full_match(texts, PLAIN_DOUBLE) if is_plain is None else is_plain
    others = tf.where(tf.logical_not(plain))
    unusual = tf.gather_nd(texts, others)
    is_number = tf.strings.regex_full_match(unusual, DOUBLE)
    digits = _rewritten(tf.where(is_number, unusual, "0"), DOUBLE, r"\1\2")
    numbers = tf.strings.to_number(tf.tensor_scatter_nd_update(texts, others, digits), tf.float64)
    return numbers, tf.tensor_scatter_nd_update(plain, others, is_number)


def _text_to_integer(operand: Nullable) -> Nullable:
    """Return whole numbers of at most 19 digits: the last nine and those before are parsed, compared and joined."""
    is_number = tf.strings.regex_full_match(operand.values, INTEGER)
    text = tf.where(is_number, operand.values, "0")
    is_negative = tf.equal(_rewritten(text, INTEGER, r"\1"), "-")
    digits = _rewritten(text, INTEGER, r"\2")
    count = tf.strings.length(digits)
    is_short = count <= _MOST_DIGITS
    digits = tf.where(is_short, digits, "0")
    split = tf.maximum(tf.strings.length(digits) - _LOW_DIGITS, 0)
    high = _whole(tf.strings.join(["0", tf.strings.substr(digits, tf.zeros_like(split), split)]))
    low = _whole(tf.strings.substr(digits, split, tf.fill(tf.shape(split), _LOW_DIGITS)))
    largest = tf.where(is_negative, int(LARGEST_DIGITS["-"][-_LOW_DIGITS:]), int(LARGEST_DIGITS["+"][-_LOW_DIGITS:]))
    largest_high = int(LARGEST_DIGITS["+"][:-_LOW_DIGITS])
    fits = is_short & ((high < largest_high) | ((high == largest_high) & (low <= tf.cast(largest, tf.int64))))
    sign = tf.where(is_negative, tf.constant(-1, tf.int64), tf.constant(1, tf.int64))
    return Nullable(sign * high * 10**_LOW_DIGITS + sign * low, operand.valid & is_number & fits)


def _text_to_boolean(operand: Nullable) -> Nullable:
    is_true = tf.strings.regex_full_match(operand.values, TRUE)
    is_false = tf.strings.regex_full_match(operand.values, FALSE)
    return Nullable(is_true, operand.valid & (is_true | is_false))


def _rewritten(text: tf.Tensor, pattern: str, rewrite: str) -> tf.Tensor:
    return tf.strings.regex_replace(text, pattern, rewrite, replace_global=False)


def _whole(digits: tf.Tensor) -> tf.Tensor:
    return tf.strings.to_number(digits, tf.int64)


CASTS: dict[tuple[ResultType, ResultType], Callable[[Nullable], Nullable]] = {
    ("integer", "double"): _to_double,
    ("integer", "text"): _integer_to_text,
    ("integer", "boolean"): _to_boolean,
    ("double", "integer"): _double_to_integer,
    ("double", "boolean"): _to_boolean,
    ("boolean", "double"): _to_double,
    ("boolean", "integer"): _boolean_to_integer,
    ("boolean", "text"): _boolean_to_text,
    ("text", "double"): _text_to_double,
    ("text", "integer"): _text_to_integer,
    ("text", "boolean"): _text_to_boolean,
}
