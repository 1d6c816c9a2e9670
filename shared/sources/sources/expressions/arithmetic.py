"""Arithmetic of doubles and whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from contracts.expressions.nodes.arithmetic import Arithmetic, Sign
from sources.expressions.values import Bools, Doubles, Int64s, Values, all_valid, without_subnormals

_LEAST = np.iinfo(np.int64).min
_HALF_OF_WRAP = 2.0**62
"""A product that left int64 differs from its wrapped bits by 2^64 and more, one that did not by its rounding alone."""


def arithmetic(node: Arithmetic, left: Values, right: Values) -> Values:
    """Return the result, null where it is not defined."""
    operations = DOUBLES if node.result_type == "double" else INTEGERS
    data, defined = operations[node.op](left.data, right.data)
    return Values(data, all_valid(left, right) & defined)


def _add_doubles(left: Doubles, right: Doubles) -> tuple[Doubles, Any]:
    return without_subnormals(left + right), True


def _subtract_doubles(left: Doubles, right: Doubles) -> tuple[Doubles, Any]:
    return without_subnormals(left - right), True


def _multiply_doubles(left: Doubles, right: Doubles) -> tuple[Doubles, Any]:
    return without_subnormals(left * right), True


def _divide_doubles(left: Doubles, right: Doubles) -> tuple[Doubles, Any]:
    return without_subnormals(left / right), right != 0


def _remainder_of_doubles(left: Doubles, right: Doubles) -> tuple[Doubles, Any]:
    return without_subnormals(np.fmod(left, right)), right != 0


def add_integers(left: Int64s, right: Int64s) -> tuple[Int64s, Bools]:
    """Return sums, and where they are int64."""
    total = left + right
    return total, ((left ^ total) & (right ^ total)) >= 0


def _subtract_integers(left: Int64s, right: Int64s) -> tuple[Int64s, Bools]:
    difference = left - right
    return difference, ((left ^ right) & (left ^ difference)) >= 0


def multiply_integers(left: Int64s, right: Int64s | int) -> tuple[Int64s, Bools]:
    """Return products, and where they are int64."""
    product = left * right
    rounded = left.astype(np.float64) * np.float64(right)
    return product, np.abs(rounded - product.astype(np.float64)) < _HALF_OF_WRAP


def _quotient_of_integers(left: Int64s, right: Int64s) -> tuple[Int64s, Bools]:
    divisor = np.where(right == 0, 1, right)
    negates = divisor == -1
    divisor = np.where(negates, 1, divisor)
    quotient = (left - np.fmod(left, divisor)) // divisor
    return np.where(negates, -quotient, quotient), (right != 0) & ~(negates & (left == _LEAST))


def _remainder_of_integers(left: Int64s, right: Int64s) -> tuple[Int64s, Bools]:
    return np.fmod(left, np.where((right == 0) | (right == -1), 1, right)), right != 0


DOUBLES: dict[str, Callable[[Doubles, Doubles], tuple[Doubles, Any]]] = {
    "add": _add_doubles,
    "subtract": _subtract_doubles,
    "multiply": _multiply_doubles,
    "divide": _divide_doubles,
    "remainder": _remainder_of_doubles,
}
INTEGERS: dict[str, Callable[[Int64s, Int64s], tuple[Int64s, Bools]]] = {
    "add": add_integers,
    "subtract": _subtract_integers,
    "multiply": multiply_integers,
    "quotient": _quotient_of_integers,
    "remainder": _remainder_of_integers,
}


def sign(node: Sign, operand: Values) -> Values:
    """Return -x, |x|, or the sign of x; null for the least int64, which has no opposite."""
    data = operand.data
    has_opposite = True if node.result_type == "double" else data != _LEAST
    return Values(SIGNS[node.op](data), operand.valid & has_opposite)


SIGNS: dict[str, Callable[[Any], Any]] = {"negate": np.negative, "absolute": np.abs, "signum": np.sign}
