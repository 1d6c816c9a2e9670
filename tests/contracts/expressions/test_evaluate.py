from __future__ import annotations

from typing import Any

from tests.expression_cases import parsed

from contracts.expressions import NODES, Operations, Program, evaluate
from contracts.expressions.nodes.instants import DateDifference, DatePart, TruncateDate
from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize, ListStatistic

LISTS = (ListContains, ListElement, ListSize, ListStatistic)
DATES = (DateDifference, DatePart, TruncateDate)


def test_lists_and_clocks_are_made_once_for_all_that_take_them() -> None:
    made: list[tuple[Any, Any]] = []

    def make(value: Any, argument: Any) -> str:
        made.append((value, argument))
        return f"{argument} of {value}"

    def write(node: Any, *operands: Any) -> str:
        return f"{getattr(node, 'op', type(node).__name__)}({', '.join(operands)})"

    operations = Operations[str](
        plain=dict.fromkeys(NODES, write),
        of_lists=dict.fromkeys(LISTS, (make, write)),
        of_clocks=dict.fromkeys(DATES, write),
        clock=make,
    )
    texts = ("list_sum(s, '|')", "list_max(s, '|') + list_sum(s, ';')", "hour(t)", "hour(t) + minute(t)")
    program = Program.of({text: parsed(text) for text in texts})
    values = evaluate(
        program, operations, lambda node: getattr(node, "name", "constant"), ["Zone" for _ in program.zones]
    )
    assert made == [("s", "|"), ("s", ";"), ("t", "Zone")]
    assert values[program.results["list_sum(s, '|')"]] == "list_sum(| of s)"
    assert values[program.results["hour(t)"]] == "hour(Zone of t)"
