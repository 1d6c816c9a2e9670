"""Check that a Spark SQL expression is a deterministic function of one row.

The check uses Spark's own analyzer, through queries that behave alike in an embedded session and over Spark Connect, where
plans cannot be inspected. An aggregate's argument must be deterministic (calls into Java count as not), and may hold no
aggregate, no window and no generator; the body of a lambda function may hold no subquery, which could read other files.
An expression that Spark does not accept in both positions is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.errors import InvalidRequest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_REASONS = {
    "AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION": "be deterministic: the same row must always get the same value",
    "NESTED_AGGREGATE_FUNCTION": "look at one row at a time. Received: an aggregate",
    "UNSUPPORTED_GENERATOR": "return one value for a row. Received: a generator",
    "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY": "hold no subquery",
    "window function": "look at one row at a time. Received: a window",
}
"""Reasons by Spark's error class, or by words of its message where it has no class."""


def value_kind(rows: DataFrame, expression: str, what: str, pointer: str) -> str:
    """Return Spark's name for the type of the expression's value over `rows`. Runs no job.

    Raises `InvalidRequest`, calling the expression `what`, when Spark cannot resolve it or it is not a function of one row.
    """
    from pyspark.errors import AnalysisException, ParseException  # noqa: PLC0415  the API process has no Spark

    try:
        for probe in (f"transform(array(0), `\u0001` -> ({expression}\n))", f"count(({expression}\n))"):
            _ = rows.selectExpr(f"{probe} AS value").schema
        return rows.selectExpr(f"({expression}\n) AS value").schema["value"].dataType.typeName()
    except (AnalysisException, ParseException) as error:
        message = str(error)
        for sign, reason in _REASONS.items():
            if sign in message.partition("\n")[0]:
                raise InvalidRequest(f"{what} must {reason}", pointer=pointer) from error
        raise InvalidRequest(f"{what} is not valid here: {plain(message)}", pointer=pointer) from error


def plain(message: str) -> str:
    """Return Spark's message without the plan, the stack trace and the name of the caller."""
    message = message.partition("\n\nJVM stacktrace:")[0].partition(";\n")[0].partition("\n\tat ")[0].strip()
    return message.partition("\n: ")[2] or message if message.startswith("An error occurred while calling") else message
