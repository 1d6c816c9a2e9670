"""Functions of doubles, and rounding."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from contracts.expressions.nodes.functions import LOGARITHMS, DoubleFunction, DoubleFunctionOfTwo, Round, WholePart
from modeling.layers.expressions.nullable import Nullable, all_valid, kept, without_subnormals

_INT64 = 2.0**63
_WHOLE_FROM = 2.0**52
"""From here on each double is a whole number."""


def _log10(values: tf.Tensor) -> tf.Tensor:
    return tf.realdiv(tf.math.log(values), kept(tf.math.log(tf.constant(10, tf.float64))))


def _log2(values: tf.Tensor) -> tf.Tensor:
    return tf.realdiv(tf.math.log(values), kept(tf.math.log(tf.constant(2, tf.float64))))


FUNCTIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "ln": tf.math.log,
    "log10": _log10,
    "log2": _log2,
    "log1p": tf.math.log1p,
    "sqrt": tf.sqrt,
    "sin": tf.sin,
    "cos": tf.cos,
    "tan": tf.tan,
    "asin": tf.asin,
    "acos": tf.acos,
    "atan": tf.atan,
}


def double_function(node: DoubleFunction, operand: Nullable) -> Nullable:
    """Return the function's value; a logarithm is invalid at its pole and below."""
    valid = operand.valid
    if node.op in LOGARITHMS:
        valid &= tf.logical_not(operand.values <= (-1 if node.op == "log1p" else 0))
    return Nullable(without_subnormals(FUNCTIONS[node.op](kept(operand.values))), valid)


def power(base: tf.Tensor, exponent: tf.Tensor) -> tf.Tensor:
    """Return powers as Java has them: NaN for an exponent that is NaN, and for ±1 with an infinite one."""
    undefined = tf.math.is_nan(exponent) | ((tf.abs(base) == 1) & tf.math.is_inf(exponent))
    return tf.where(undefined, tf.constant(float("nan"), tf.float64), tf.pow(base, kept(exponent)))


def atan2(y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Return angles, with -0.0 taken for 0.0, as in Spark."""
    zero = kept(tf.constant(0.0, tf.float64))
    return tf.atan2(y + zero, x + zero)


FUNCTIONS_OF_TWO: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {"power": power, "atan2": atan2}


def double_function_of_two(node: DoubleFunctionOfTwo, left: Nullable, right: Nullable) -> Nullable:
    """Return the function's value."""
    values = FUNCTIONS_OF_TWO[node.op](left.values, right.values)
    return Nullable(without_subnormals(values), all_valid(left, right))


WHOLE_PARTS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {"floor": tf.floor, "ceil": tf.math.ceil}


def whole_part(node: WholePart, operand: Nullable) -> Nullable:
    """Return the next whole number below or above, invalid outside of int64."""
    return as_integers(Nullable(WHOLE_PARTS[node.op](operand.values), operand.valid))


def as_integers(whole: Nullable) -> Nullable:
    """Return doubles that are whole as int64, invalid outside of it."""
    fits = (whole.values >= -_INT64) & (whole.values < _INT64)
    return Nullable(tf.cast(tf.where(fits, whole.values, tf.zeros_like(whole.values)), tf.int64), whole.valid & fits)


def round_half_up(node: Round, operand: Nullable) -> Nullable:
    """Return doubles rounded to decimals, halves away from zero.

    A double is a half if it is the one next to the decimal that ends in 5; from 2^52 units of the last decimal on it stays.
    """
    values, scale = operand.values, kept(tf.constant(10.0**node.digits, tf.float64))
    size = tf.abs(values)
    scaled = kept(size * scale)
    below = tf.floor(scaled)
    is_up = size >= tf.realdiv(kept(below + 0.5), scale)
    rounded = tf.realdiv(kept(below + tf.cast(is_up, tf.float64)), scale)
    signed = tf.where(values < 0, -rounded, rounded) + kept(tf.constant(0.0, tf.float64))
    return Nullable(tf.where(scaled < _WHOLE_FROM, signed, values), operand.valid)
