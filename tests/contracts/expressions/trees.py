"""Leaves, and a way from JSON to a node."""

from __future__ import annotations

from typing import Any

from contracts.expressions import AnyNode, Expression, ZoneRules

X = {"op": "column", "name": "x", "type": "double"}
N = {"op": "column", "name": "n", "type": "integer"}
S = {"op": "column", "name": "s", "type": "text"}
T = {"op": "column", "name": "t", "type": "instant"}
B = {"op": "column", "name": "b", "type": "boolean"}
ONE = {"op": "literal", "type": "double", "value": 1.0}
SIN = {"op": "sin", "operand": X}
LN = {"op": "ln", "operand": X}
UTC = ZoneRules(name="UTC", tz_version="2025b", transitions=[], offsets=[0])


def node(op: str, **parts: Any) -> AnyNode:
    return Expression.model_validate({"root": {"op": op, **parts}, "zone": UTC}).root
