"""Arithmetic of doubles and whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from contracts.expressions.nodes.arithmetic import Arithmetic, Sign
from modeling.layers.expressions.nullable import Nullable, all_valid, without_subnormals

_LEAST = tf.int64.min
_HALF_OF_WRAP = 2.0**62
"""A product that left int64 differs from its wrapped bits by 2^64 and more, one that did not by its rounding alone."""

_Result = tuple[tf.Tensor, tf.Tensor | bool]
"""Values, and where they are defined."""


def arithmetic(node: Arithmetic, left: Nullable, right: Nullable) -> Nullable:
    """Return the result, invalid where it is not defined."""
    operations = DOUBLES if node.result_type == "double" else INTEGERS
    values, defined = operations[node.op](left.values, right.values)
    return Nullable(values, all_valid(left, right) & defined)


def _add_doubles(left: tf.Tensor, right: tf.Tensor) -> _Result:
    return without_subnormals(left + right), True


def _subtract_doubles(left: tf.Tensor, right: tf.Tensor) -> _Result:
    return without_subnormals(left - right), True


def _multiply_doubles(left: tf.Tensor, right: tf.Tensor) -> _Result:
    return without_subnormals(left * right), True


def _divide_doubles(left: tf.Tensor, right: tf.Tensor) -> _Result:
    return without_subnormals(tf.realdiv(left, right)), right != 0


def _remainder_of_doubles(left: tf.Tensor, right: tf.Tensor) -> _Result:
    return without_subnormals(tf.truncatemod(left, right)), right != 0


def _are_negative(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    return tf.bitwise.bitwise_and(left, right) < 0


def _add_integers(left: tf.Tensor, right: tf.Tensor) -> _Result:
    total = left + right
    leaves = _are_negative(tf.bitwise.bitwise_xor(left, total), tf.bitwise.bitwise_xor(right, total))
    return total, tf.logical_not(leaves)


def _subtract_integers(left: tf.Tensor, right: tf.Tensor) -> _Result:
    difference = left - right
    leaves = _are_negative(tf.bitwise.bitwise_xor(left, right), tf.bitwise.bitwise_xor(left, difference))
    return difference, tf.logical_not(leaves)


def multiply_integers(left: tf.Tensor, right: tf.Tensor) -> _Result:
    """Return products, int64, and where they are int64."""
    product = left * right
    rounded = tf.cast(left, tf.float64) * tf.cast(right, tf.float64)
    return product, tf.abs(rounded - tf.cast(product, tf.float64)) < _HALF_OF_WRAP


def _quotient_of_integers(left: tf.Tensor, right: tf.Tensor) -> _Result:
    one = tf.ones_like(right)
    negates = right == -1
    divisor = tf.where((right == 0) | negates, one, right)
    quotient = tf.truncatediv(left, divisor)
    return tf.where(negates, -quotient, quotient), (right != 0) & tf.logical_not(negates & (left == _LEAST))


def _remainder_of_integers(left: tf.Tensor, right: tf.Tensor) -> _Result:
    divisor = tf.where((right == 0) | (right == -1), tf.ones_like(right), right)
    return tf.truncatemod(left, divisor), right != 0


DOUBLES: dict[str, Callable[[tf.Tensor, tf.Tensor], _Result]] = {
    "add": _add_doubles,
    "subtract": _subtract_doubles,
    "multiply": _multiply_doubles,
    "divide": _divide_doubles,
    "remainder": _remainder_of_doubles,
}
INTEGERS: dict[str, Callable[[tf.Tensor, tf.Tensor], _Result]] = {
    "add": _add_integers,
    "subtract": _subtract_integers,
    "multiply": multiply_integers,
    "quotient": _quotient_of_integers,
    "remainder": _remainder_of_integers,
}


def sign(node: Sign, operand: Nullable) -> Nullable:
    """Return -x, |x|, or the sign of x; invalid for the least int64, which has no opposite."""
    has_opposite = True if node.result_type == "double" else operand.values != _LEAST
    return Nullable(SIGNS[node.op](operand.values), operand.valid & has_opposite)


SIGNS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {"negate": tf.negative, "absolute": tf.abs, "signum": tf.sign}
