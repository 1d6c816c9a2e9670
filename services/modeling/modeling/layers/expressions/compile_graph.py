"""Trees to operations of TensorFlow: one function for each class of nodes, from the leaves up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

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
from modeling.layers.expressions import (
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
from modeling.layers.expressions.nullable import Nullable, column, constant, result
from modeling.layers.expressions.zone_offsets import ZoneOffsets

OPERATIONS: dict[type[Node], Callable[..., Nullable]] = {
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
"""Operations from a node and the values of its operands."""

LIST_OPERATIONS: dict[type[Node], tuple[Callable[..., Any], Callable[..., Nullable]]] = {
    ListStatistic: (lists.NumberLists.of, lists.list_statistic),
    ListSize: (tokens.Tokens.of, tokens.list_size),
    ListElement: (tokens.Tokens.of, tokens.list_element),
    ListContains: (tokens.Tokens.of, tokens.list_contains),
}
"""Lists from their texts and a separator, and operations from a node and its lists."""

ZONE_OPERATIONS: dict[type[Node], Callable[..., Nullable]] = {
    DatePart: instants.date_part,
    TruncateDate: instants.truncate_date,
    DateDifference: instants.date_difference,
}
"""Operations from a node and the wall clock of each operand."""

ALL_OPERATIONS = Operations(OPERATIONS, LIST_OPERATIONS, ZONE_OPERATIONS, instants.WallClock.of)


@dataclass(frozen=True)
class GraphProgram:
    """Several expressions as operations of TensorFlow alone, which a SavedModel holds; those that they share are there once."""

    program: Program

    @tf.autograph.experimental.do_not_convert
    def __call__(self, columns: Mapping[str, Nullable]) -> dict[str, Nullable]:
        """Return the result of each expression for each row.

        `columns`: those that are read, [rows] each: float64, int64, bool, string, and int64 microseconds for instants. A result
        has its type likewise. It is invalid where it is null, NaN or infinite, and 0, false or empty there. Raises `KeyError` for
        a column that is absent, `TypeError` for one of another dtype.
        """
        values = _evaluate(self.program, columns)
        steps = self.program.steps
        return {
            name: result(values[place], steps[place].node.result_type) for name, place in self.program.results.items()
        }


@dataclass(frozen=True)
class GraphExpression:
    """One expression as operations of TensorFlow: `GraphProgram` without a name."""

    program: GraphProgram

    def __call__(self, columns: Mapping[str, Nullable]) -> Nullable:
        """Return the result for each row, as `GraphProgram` does."""
        return self.program(columns)[""]


def compile_graph(expression: Expression) -> GraphExpression:
    """Return an expression as operations of TensorFlow."""
    return GraphExpression(GraphProgram(Program.of({"": expression})))


def _evaluate(program: Program, columns: Mapping[str, Nullable]) -> list[Nullable]:
    rows = tf.shape(columns[next(iter(program.columns()))].valid)[0]

    def leaf(node: Column | Constant) -> Nullable:
        if isinstance(node, Column):
            return column(columns[node.name], node.type)
        return constant(node.value, node.type, rows)

    zones = [None if rules is None else ZoneOffsets(rules) for rules in program.zones]
    return evaluate(program, ALL_OPERATIONS, leaf, zones)
