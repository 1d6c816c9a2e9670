"""Operands of one type: the implicit casts, and null, which takes the type of the others."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.expressions import AnyNode, ResultType
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.nodes.leaves import Constant

Untyped = AnyNode | None
"""A node, or None for NULL, which has no type of its own."""


def common_type(place: str, operands: Sequence[Untyped]) -> ResultType:
    """Return the type to which all operands are cast. Raise `ValueError` if there is none."""
    types: set[ResultType] = {operand.result_type for operand in operands if operand is not None}
    if types == {"integer", "double"}:
        return "double"
    if not types:
        raise ValueError(f"{place} has only NULL, which has no type; write cast(NULL AS double) or the like")
    if len(types) > 1:
        raise ValueError(f"{place} takes values of one type. Received: {' and '.join(sorted(types))}; cast one of them")
    return types.pop()


def as_type(operand: Untyped, kind: ResultType) -> AnyNode:
    """Return an operand of the type: a null, or a whole number as a double, cast where needed; any other unchanged."""
    if operand is None:
        return Constant(type=kind, value=None)
    if operand.result_type == "integer" and kind == "double":
        if isinstance(operand, Constant) and operand.value is not None:
            return Constant(type="double", value=float(operand.value))
        return Cast(operand=operand, to="double")
    return operand


def as_text(operand: Untyped) -> AnyNode:
    """Return an operand as text, as `concat` takes it. Doubles are left to the node, which refuses them."""
    if operand is None:
        return Constant(type="text", value=None)
    return operand if operand.result_type == "text" else Cast(operand=operand, to="text")


def alike(place: str, operands: Sequence[Untyped]) -> list[AnyNode]:
    """Return the operands as values of one type. Raise `ValueError` if there is none."""
    kind = common_type(place, operands)
    return [as_type(operand, kind) for operand in operands]
