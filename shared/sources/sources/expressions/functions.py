"""Functions of doubles, and rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from contracts.expressions.nodes.functions import (
    LOGARITHMS,
    DoubleFunction,
    DoubleFunctionOfTwo,
    Round,
    WholePart,
)
from sources.expressions.values import Doubles, Values, all_valid, without_subnormals

_INT64 = 2.0**63
_WHOLE_FROM = 2.0**52
"""From here on each double is a whole number."""

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "ln": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
}


def double_function(node: DoubleFunction, operand: Values) -> Values:
    """Return the function's value; a logarithm is null at its pole and below."""
    valid = operand.valid
    if node.op in LOGARITHMS:
        valid = valid & ~(operand.data <= (-1 if node.op == "log1p" else 0))
    return Values(without_subnormals(FUNCTIONS[node.op](operand.data)), valid)


def power(base: Doubles, exponent: Doubles) -> Doubles:
    """Return powers as Java has them: NaN for an exponent that is NaN, and for ±1 with an infinite one."""
    undefined = np.isnan(exponent) | ((np.abs(base) == 1) & np.isinf(exponent))
    return np.where(undefined, np.nan, np.power(base, exponent))


def atan2(y: Doubles, x: Doubles) -> Doubles:
    """Return angles, with -0.0 taken for 0.0, as in Spark."""
    return np.arctan2(y + 0.0, x + 0.0)


FUNCTIONS_OF_TWO: dict[str, Callable[[Any, Any], Any]] = {"power": power, "atan2": atan2}


def double_function_of_two(node: DoubleFunctionOfTwo, left: Values, right: Values) -> Values:
    """Return the function's value."""
    data = FUNCTIONS_OF_TWO[node.op](left.data, right.data)
    return Values(without_subnormals(data), all_valid(left, right))


WHOLE_PARTS: dict[str, Callable[[Any], Any]] = {"floor": np.floor, "ceil": np.ceil}


def whole_part(node: WholePart, operand: Values) -> Values:
    """Return the next whole number below or above, null outside of int64."""
    return as_integers(Values(WHOLE_PARTS[node.op](operand.data), operand.valid))


def as_integers(whole: Values) -> Values:
    """Return doubles that are whole as int64, null outside of it."""
    fits = (whole.data >= -_INT64) & (whole.data < _INT64)
    return Values(np.where(fits, whole.data, 0).astype(np.int64), whole.valid & fits)


def round_half_up(node: Round, operand: Values) -> Values:
    """Return doubles rounded to decimals, halves away from zero.

    A double is a half if it is the one next to the decimal that ends in 5; from 2^52 units of the last decimal on it stays.
    """
    data, scale = operand.data, 10.0**node.digits
    size = np.abs(data)
    below = np.floor(size * scale)
    is_up = size >= (below + 0.5) / scale
    rounded = (below + is_up) / scale
    signed = np.where(data < 0, -rounded, rounded) + 0.0
    return Values(np.where(size * scale < _WHOLE_FROM, signed, data), operand.valid)
