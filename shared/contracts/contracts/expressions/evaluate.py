"""One walk over a program's steps, for kernels and for graphs: each compiler has its own operations and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.expressions.nodes.leaves import Column, Constant
from contracts.expressions.nodes.node import Node
from contracts.expressions.program import Program

Value = TypeVar("Value")


@dataclass(frozen=True)
class Operations(Generic[Value]):
    """A compiler's operations, by the class of a node: each from the node and its operands.

    `plain` take the operands' values; `of_lists` lists, which the first function of a pair makes of a value and a separator;
    `of_clocks` wall clocks, which `clock` makes of a value and its zone.
    """

    plain: Mapping[type[Node], Callable[..., Value]]
    of_lists: Mapping[type[Node], tuple[Callable[..., Any], Callable[..., Value]]]
    of_clocks: Mapping[type[Node], Callable[..., Value]]
    clock: Callable[..., Any]


def evaluate(
    program: Program, operations: Operations[Value], leaf: Callable[[Column | Constant], Value], zones: Sequence[Any]
) -> list[Value]:
    """Return the value of each step. `leaf`: the value of a column or constant; `zones`: the offsets of the program's zones.

    Lists and wall clocks of a step are made once for all that take them.
    """
    values: list[Value] = []
    once = _Once(values)
    for step in program.steps:
        node: Any = step.node
        kind, places = type(node), step.operands
        if isinstance(node, Column | Constant):
            value = leaf(node)
        elif kind in operations.of_lists:
            make, operation = operations.of_lists[kind]
            value = operation(node, once(make, places[0], node.separator))
        elif kind in operations.of_clocks:
            clocks = [once(operations.clock, place, zones[step.zone]) for place in places]
            value = operations.of_clocks[kind](node, *clocks)
        else:
            value = operations.plain[kind](node, *(values[place] for place in places))
        values.append(value)
    return values


class _Once:
    """Makes what steps share besides their values, once."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        self._made: dict[tuple[Any, int, Any], Any] = {}

    def __call__(self, make: Callable[..., Any], place: int, argument: object) -> Any:
        """Return what `make` makes of a step's value and an argument."""
        key = make, place, argument
        if key not in self._made:
            self._made[key] = make(self._values[place], argument)
        return self._made[key]
