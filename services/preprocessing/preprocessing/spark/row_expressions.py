"""Whether a Spark SQL expression gives each row's value from that row alone, the same way every time.

Spark's own analyzer is asked, with questions that it answers alike in an embedded session and over Spark Connect, where no
plan can be looked at. An aggregate's argument must be deterministic (calls into Java count as not), and may hold no
aggregate, no window and no generator; the body of a lambda function may hold no subquery, which could read other files.
So an expression is refused that Spark would not take in both places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.errors import InvalidRequest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_REASONS = {
    "AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION": "be deterministic: the same row must always get the same value",
    "NESTED_AGGREGATE_FUNCTION": "look at one row at a time. Received: an aggregate",
    "UNSUPPORTED_GENERATOR": "give one value for a row. Received: a generator",
    "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY": "hold no subquery",
    "window function": "look at one row at a time. Received: a window",
}
"""By what Spark's refusal says: its error class, or words of it where it has none."""


def value_kind(rows: DataFrame, expression: str, what: str, pointer: str) -> str:
    """Spark's name for the type of the expression's value over `rows`, lazily: nothing runs.

    Raises `InvalidRequest`, calling the expression `what`, when Spark cannot resolve it or when it is not one of a row.
    """
    from pyspark.errors import AnalysisException, ParseException  # noqa: PLC0415  the API process has no Spark

    try:
        for question in (f"transform(array(0), `\u0001` -> ({expression}\n))", f"count(({expression}\n))"):
            _ = rows.selectExpr(f"{question} AS value").schema
        return rows.selectExpr(f"({expression}\n) AS value").schema["value"].dataType.typeName()
    except (AnalysisException, ParseException) as error:
        said = str(error)
        for sign, reason in _REASONS.items():
            if sign in said.partition("\n")[0]:
                raise InvalidRequest(f"{what} must {reason}", pointer=pointer) from error
        raise InvalidRequest(f"{what} is not valid here: {plain(said)}", pointer=pointer) from error


def plain(said: str) -> str:
    """Spark's message without the plan and the stack that may follow it, and without what called it."""
    said = said.partition("\n\nJVM stacktrace:")[0].partition(";\n")[0].partition("\n\tat ")[0].strip()
    return said.partition("\n: ")[2] or said if said.startswith("An error occurred while calling") else said
