"""Several expressions as one list of steps, in which an operation that they share stands once.

The parts of one date parse its text once, and so do the statistics of one list of numbers. Both compilers walk the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.expressions.expression import Expression
from contracts.expressions.nodes.any_node import AnyNode
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.node import ResultType
from contracts.expressions.zone_rules import ZoneRules


@dataclass(frozen=True)
class Step:
    """An operation, the steps that are its operands, and the index of the zone that its dates are in."""

    node: AnyNode
    operands: tuple[int, ...]
    zone: int


@dataclass(frozen=True)
class Program:
    """Steps, each after its operands; the step of each expression's result; and the distinct zones, `None` for none."""

    steps: tuple[Step, ...]
    results: dict[str, int]
    zones: tuple[ZoneRules | None, ...]

    @classmethod
    def of(cls, expressions: Mapping[str, Expression]) -> Program:
        """Return the steps of expressions, by their names."""
        zones: list[ZoneRules | None] = []
        steps: list[Step] = []
        places: dict[tuple[str, str, int], int] = {}
        results: dict[str, int] = {}
        for name, expression in expressions.items():
            if expression.zone not in zones:
                zones.append(expression.zone)
            results[name] = _place(expression.root, zones.index(expression.zone), steps, places)
        return cls(tuple(steps), results, tuple(zones))

    def columns(self) -> dict[str, ResultType]:
        """Return the columns that are read, with their types, in the order of the steps."""
        return {step.node.name: step.node.type for step in self.steps if isinstance(step.node, Column)}


def _place(node: AnyNode, zone: int, steps: list[Step], places: dict[tuple[str, str, int], int]) -> int:
    """Return the place of a node's step, which is added, with those of its operands, where there is no equal one."""
    operands = tuple(_place(operand, zone, steps, places) for operand in node.operands)
    key = type(node).__name__, node.model_dump_json(), zone
    if key not in places:
        places[key] = len(steps)
        steps.append(Step(node, operands, zone))
    return places[key]
