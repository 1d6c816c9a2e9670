"""Expressions of a row in Spark's tasks: text to trees (`parsing`), trees to kernels (`arrow`), time zones as data."""

from __future__ import annotations

from preprocessing.expressions.arrow.compile_arrow import ArrowExpression, compile_arrow
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.expressions.parsing.refusal import RefusedExpression
from preprocessing.expressions.zone_transitions import zone_rules

__all__ = ["ArrowExpression", "RefusedExpression", "compile_arrow", "parse_expression", "zone_rules"]
