"""Trees to kernels: one function for each class of nodes, and an evaluation from the leaves up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.expressions import Expression, Node, Operations, Program, evaluate
from contracts.expressions.nodes.arithmetic import Arithmetic, Sign
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.nodes.choice import Case, Coalesce, Extreme
from contracts.expressions.nodes.comparison import Comparison, Membership
from contracts.expressions.nodes.functions import DoubleFunction, DoubleFunctionOfTwo, Round, WholePart
from contracts.expressions.nodes.instants import DateDifference, DatePart, InstantOfUnixTime, TruncateDate, UnixTime
from contracts.expressions.nodes.leaves import Column, Constant
from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize, ListStatistic
from contracts.expressions.nodes.logic import Connective, IsNaN, IsNull, Not
from contracts.expressions.nodes.ngrams import NGrams
from contracts.expressions.nodes.search import Extract, Like, Matches, Replace, ReplaceMatches, TextTest
from contracts.expressions.nodes.text import Concatenate, Length, Substring, TextFunction
from sources.expressions import (
    arithmetic,
    casts,
    choice,
    comparison,
    functions,
    instants,
    lists,
    logic,
    ngrams,
    search,
    text,
    tokens,
)
from sources.expressions.values import Values, constant, from_arrow, to_arrow
from sources.values.zone_offsets import ZoneOffsets

KERNELS: dict[type[Node], Callable[..., Values]] = {
    Arithmetic: arithmetic.arithmetic,
    Sign: arithmetic.sign,
    DoubleFunction: functions.double_function,
    DoubleFunctionOfTwo: functions.double_function_of_two,
    WholePart: functions.whole_part,
    Round: functions.round_half_up,
    Comparison: comparison.comparison,
    Membership: comparison.membership,
    Connective: logic.connective,
    Not: logic.negation,
    IsNull: logic.is_null,
    IsNaN: logic.is_nan,
    Case: choice.case,
    Coalesce: choice.coalesce,
    Extreme: choice.extreme,
    Cast: casts.cast,
    TextFunction: text.text_function,
    Length: text.length,
    Substring: text.substring,
    Concatenate: text.concatenate,
    NGrams: ngrams.ngrams,
    TextTest: search.text_test,
    Replace: search.replace,
    Like: search.like,
    Matches: search.matches,
    Extract: search.extract,
    ReplaceMatches: search.replace_matches,
    UnixTime: instants.unix_time,
    InstantOfUnixTime: instants.instant_of_unix_time,
}
"""Kernels from a node and the values of its operands."""

LIST_KERNELS: dict[type[Node], tuple[Callable[..., Any], Callable[..., Values]]] = {
    ListStatistic: (lists.NumberLists.of, lists.list_statistic),
    ListSize: (tokens.Lists.of, tokens.list_size),
    ListElement: (tokens.Lists.of, tokens.list_element),
    ListContains: (tokens.Lists.of, tokens.list_contains),
}
"""Lists from their texts and a separator, and kernels from a node and its lists."""

ZONE_KERNELS: dict[type[Node], Callable[..., Values]] = {
    DatePart: instants.date_part,
    TruncateDate: instants.truncate_date,
    DateDifference: instants.date_difference,
}
"""Kernels from a node and the wall clock of each operand."""

OPERATIONS = Operations(KERNELS, LIST_KERNELS, ZONE_KERNELS, instants.WallClock.of)


@dataclass(frozen=True)
class ArrowProgram:
    """A kernel for several expressions, in which what they share is computed once. It may be pickled, and shared by threads."""

    program: Program

    def __call__(self, columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """Return the result of each expression for each row.

        `columns`: those that are read, [rows] each: float64, int64, bool, binary (or string), and int64 microseconds for
        instants. A result has its type likewise, and null where it is null, NaN or infinite. Raises `KeyError` for a column
        that is absent, `TypeError` for one of another type.
        """
        with np.errstate(all="ignore"):
            values = _evaluate(self.program, columns)
        steps = self.program.steps
        return {
            name: to_arrow(values[place], steps[place].node.result_type) for name, place in self.program.results.items()
        }


@dataclass(frozen=True)
class ArrowExpression:
    """A kernel for one expression: `ArrowProgram` without a name."""

    program: ArrowProgram

    def __call__(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """Return the result for each row, as `ArrowProgram` does."""
        return self.program(columns)[""]


def compile_arrow(expression: Expression) -> ArrowExpression:
    """Return the kernel of an expression. Raises `pyarrow.ArrowInvalid` for a pattern that RE2 finds too large."""
    kernel = ArrowExpression(ArrowProgram(Program.of({"": expression})))
    kernel({name: from_nothing(kind) for name, kind in expression.columns().items()})
    return kernel


def from_nothing(kind: Any) -> pa.Array:
    """Return a column of one null."""
    return to_arrow(constant(None, kind, 1), kind)


def _evaluate(program: Program, columns: Mapping[str, pa.Array]) -> list[Values]:
    rows = len(columns[next(iter(program.columns()))])

    def leaf(node: Column | Constant) -> Values:
        if isinstance(node, Column):
            return from_arrow(columns[node.name], node.type)
        return constant(node.value, node.type, rows)

    zones = [None if rules is None else ZoneOffsets(rules) for rules in program.zones]
    return evaluate(program, OPERATIONS, leaf, zones)
