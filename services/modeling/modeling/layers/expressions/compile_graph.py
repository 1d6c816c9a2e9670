"""Trees to operations of TensorFlow: one function for each class of nodes, from the leaves up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tensorflow as tf

from contracts.expressions import AnyNode, Expression, Node
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
    ListStatistic: lists.list_statistic,
    ListSize: tokens.list_size,
    ListElement: tokens.list_element,
    ListContains: tokens.list_contains,
}
"""Operations from a node and the values of its operands."""

ZONE_OPERATIONS: dict[type[Node], Callable[..., Nullable]] = {
    DatePart: instants.date_part,
    TruncateDate: instants.truncate_date,
    DateDifference: instants.date_difference,
}
"""Operations that take the zone's offsets after the operands."""


@dataclass(frozen=True)
class GraphExpression:
    """An expression as operations of TensorFlow, which a SavedModel holds without any of its own."""

    expression: Expression

    @tf.autograph.experimental.do_not_convert
    def __call__(self, columns: Mapping[str, Nullable]) -> Nullable:
        """Return the expression's result for each row.

        `columns`: those that are read, [rows] each: float64, int64, bool, string, and int64 microseconds for instants. The result
        has its type likewise. It is invalid where it is null, NaN or infinite, and 0, false or empty there. Raises `KeyError` for
        a column that is absent, `TypeError` for one of another dtype.
        """
        rules = self.expression.zone
        zone = None if rules is None else ZoneOffsets(rules)
        rows = tf.shape(columns[next(iter(self.expression.columns()))].valid)[0]
        return result(_evaluate(self.expression.root, columns, rows, zone), self.expression.result_type)


def compile_graph(expression: Expression) -> GraphExpression:
    """Return an expression as operations of TensorFlow."""
    return GraphExpression(expression)


def _evaluate(node: AnyNode, columns: Mapping[str, Nullable], rows: tf.Tensor, zone: ZoneOffsets | None) -> Nullable:
    if isinstance(node, Column):
        return column(columns[node.name], node.type)
    if isinstance(node, Constant):
        return constant(node.value, node.type, rows)
    operands = [_evaluate(operand, columns, rows, zone) for operand in node.operands]
    if type(node) in ZONE_OPERATIONS:
        return ZONE_OPERATIONS[type(node)](node, *operands, zone)
    return OPERATIONS[type(node)](node, *operands)
