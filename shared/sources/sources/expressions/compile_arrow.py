"""Trees to kernels: one function for each class of nodes, and an evaluation from the leaves up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.expressions import AnyNode, Expression, Node, ZoneRules
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
    ListStatistic: lists.list_statistic,
    ListSize: tokens.list_size,
    ListElement: tokens.list_element,
    ListContains: tokens.list_contains,
}
"""Kernels from a node and the values of its operands."""

ZONE_KERNELS: dict[type[Node], Callable[..., Values]] = {
    DatePart: instants.date_part,
    TruncateDate: instants.truncate_date,
    DateDifference: instants.date_difference,
}
"""Kernels that take the zone's offsets after the operands."""


@dataclass(frozen=True)
class ArrowExpression:
    """A kernel for an expression. It may be pickled, and called from several threads."""

    expression: Expression

    def __call__(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """Return the expression's result for each row.

        `columns`: those that are read, [rows] each: float64, int64, bool, binary (or string), and int64 microseconds for
        instants. The result has its type likewise, and null where it is null, NaN or infinite. Raises `KeyError` for a column
        that is absent, `TypeError` for one of another type.
        """
        rows = len(columns[next(iter(self.expression.columns()))])
        zone = _offsets(self.expression.zone)
        with np.errstate(all="ignore"):
            values = _evaluate(self.expression.root, columns, rows, zone)
        return to_arrow(values, self.expression.result_type)


def compile_arrow(expression: Expression) -> ArrowExpression:
    """Return the kernel of an expression. Raises `pyarrow.ArrowInvalid` for a pattern that RE2 finds too large."""
    kernel = ArrowExpression(expression)
    kernel({name: from_nothing(kind) for name, kind in expression.columns().items()})
    return kernel


def from_nothing(kind: Any) -> pa.Array:
    """Return a column of one null."""
    return to_arrow(constant(None, kind, 1), kind)


def _offsets(rules: ZoneRules | None) -> ZoneOffsets | None:
    return None if rules is None else ZoneOffsets(rules)


def _evaluate(node: AnyNode, columns: Mapping[str, pa.Array], rows: int, zone: ZoneOffsets | None) -> Values:
    if isinstance(node, Column):
        return from_arrow(columns[node.name], node.type)
    if isinstance(node, Constant):
        return constant(node.value, node.type, rows)
    operands = [_evaluate(operand, columns, rows, zone) for operand in node.operands]
    if type(node) in ZONE_KERNELS:
        return ZONE_KERNELS[type(node)](node, *operands, zone)
    return KERNELS[type(node)](node, *operands)
