"""The functions of Spark SQL that an expression of a row may call, each with its tree.

A builder takes the operands as `Untyped` nodes, raises `ValueError` for those that do not fit, and `TypeError` for their number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import pi
from typing import Any

from contracts.expressions import AnyNode
from contracts.expressions.nodes.arithmetic import Arithmetic, Sign
from contracts.expressions.nodes.choice import Branch, Case, Coalesce, Extreme
from contracts.expressions.nodes.comparison import Comparison
from contracts.expressions.nodes.functions import (
    LARGEST_DIGITS,
    DoubleFunction,
    DoubleFunctionOfTwo,
    Round,
    WholePart,
)
from contracts.expressions.nodes.leaves import Constant
from contracts.expressions.nodes.logic import IsNaN, IsNull, Not
from preprocessing.expressions.parsing.operands import Untyped, alike, as_type


def double_function(op: Any, operand: Untyped) -> AnyNode:
    """Return a function of one double."""
    return DoubleFunction(op=op, operand=as_type(operand, "double"))


def _log(first: Untyped, second: Untyped = None) -> AnyNode:
    """Return ln(x), or the logarithm of the second to the base of the first."""
    if second is None:
        return double_function("ln", first)
    return Arithmetic(op="divide", left=double_function("ln", second), right=double_function("ln", first))


def _of_two(op: Any, left: Untyped, right: Untyped) -> AnyNode:
    return DoubleFunctionOfTwo(op=op, left=as_type(left, "double"), right=as_type(right, "double"))


def _scaled(factor: float, operand: Untyped) -> AnyNode:
    return Arithmetic(op="multiply", left=as_type(operand, "double"), right=Constant(type="double", value=factor))


def _signum(operand: Untyped) -> AnyNode:
    return Sign(op="signum", operand=as_type(operand, "double"))


def sign(op: Any, operand: Untyped) -> AnyNode:
    """Return -x or |x|."""
    if operand is None:
        raise ValueError(f"{op} of NULL has no type")
    return Sign(op=op, operand=operand)


def _whole_part(op: Any, operand: Untyped) -> AnyNode:
    if operand is not None and operand.result_type == "integer":
        return operand
    return WholePart(op=op, operand=as_type(operand, "double"))


def _round(operand: Untyped, digits: Untyped = None) -> AnyNode:
    places = 0 if digits is None else literal("the digits of round", digits, int)
    if operand is not None and operand.result_type == "integer" and places >= 0:
        return operand
    if not 0 <= places <= LARGEST_DIGITS:
        raise ValueError(f"round takes 0 to {LARGEST_DIGITS} decimals. Received: {places}")
    return Round(operand=as_type(operand, "double"), digits=places)


def _extreme(op: Any, *values: Untyped) -> AnyNode:
    return Extreme(op=op, values=alike(op, values))


def _coalesce(*values: Untyped) -> AnyNode:
    return Coalesce(values=alike("coalesce", values))


def _nvl(value: Untyped, other: Untyped) -> AnyNode:
    return _coalesce(value, other)


def choice(condition: Untyped, chosen: Untyped, otherwise: Untyped = None) -> AnyNode:
    """Return `if`."""
    value, other = alike("if", (chosen, otherwise))
    return Case(branches=[Branch(condition=as_type(condition, "boolean"), value=value)], otherwise=other)


def _nvl2(value: Untyped, chosen: Untyped, otherwise: Untyped) -> AnyNode:
    return choice(_is_not_null(value), chosen, otherwise)


def _nullif(value: Untyped, other: Untyped) -> AnyNode:
    left, right = alike("nullif", (value, other))
    is_equal = Comparison(op="equal", left=left, right=right)
    kept = left if value is None else value
    return Case(
        branches=[Branch(condition=is_equal, value=Constant(type=kept.result_type, value=None))], otherwise=kept
    )


def is_null(operand: Untyped) -> AnyNode:
    """Return `IS NULL`."""
    return IsNull(operand=as_type(operand, "boolean"))


def _is_not_null(operand: Untyped) -> AnyNode:
    return Not(operand=is_null(operand))


def _is_nan(operand: Untyped) -> AnyNode:
    return IsNaN(operand=as_type(operand, "double"))


def remainder(left: Untyped, right: Untyped) -> AnyNode:
    """Return the remainder, with the sign of the first."""
    left, right = alike("%", (left, right))
    return Arithmetic(op="remainder", left=left, right=right)


def literal(place: str, operand: Untyped, kind: type) -> Any:
    """Return the value of a literal. Raise `ValueError` for another operand: the graph needs it when it is built."""
    value = operand.value if isinstance(operand, Constant) else None
    if type(value) is not kind:
        named = {int: "a whole number", str: "a text", bool: "true or false"}[kind]
        raise ValueError(f"{place} is {named} that is written in the expression, no column or NULL")
    return value


Builder = Callable[..., AnyNode]

_UNARY = ("exp", "expm1", "ln", "log10", "log2", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan")

NUMBERS_AND_CHOICES: dict[str, Builder] = {
    **{name: partial(double_function, name) for name in _UNARY},
    "log": _log,
    "pow": partial(_of_two, "power"),
    "power": partial(_of_two, "power"),
    "atan2": partial(_of_two, "atan2"),
    "radians": partial(_scaled, pi / 180),
    "degrees": partial(_scaled, 180 / pi),
    "signum": _signum,
    "sign": _signum,
    "abs": partial(sign, "absolute"),
    "negative": partial(sign, "negate"),
    "floor": partial(_whole_part, "floor"),
    "ceil": partial(_whole_part, "ceil"),
    "ceiling": partial(_whole_part, "ceil"),
    "round": _round,
    "mod": remainder,
    "least": partial(_extreme, "least"),
    "greatest": partial(_extreme, "greatest"),
    "coalesce": _coalesce,
    "nvl": _nvl,
    "ifnull": _nvl,
    "nvl2": _nvl2,
    "nullif": _nullif,
    "if": choice,
    "isnull": is_null,
    "isnotnull": _is_not_null,
    "isnan": _is_nan,
}
