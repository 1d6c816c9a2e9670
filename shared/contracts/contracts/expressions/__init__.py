"""Expressions of a row as trees, which one compiler turns into Arrow kernels and one into TensorFlow's operations."""

from __future__ import annotations

from contracts.expressions.evaluate import Operations, evaluate
from contracts.expressions.expression import Expression
from contracts.expressions.nodes.any_node import NODES, AnyNode, ops_of
from contracts.expressions.nodes.node import Node, ResultType
from contracts.expressions.program import Program
from contracts.expressions.zone_rules import ZoneRules

__all__ = [
    "NODES",
    "AnyNode",
    "Expression",
    "Node",
    "Operations",
    "Program",
    "ResultType",
    "ZoneRules",
    "evaluate",
    "ops_of",
]
