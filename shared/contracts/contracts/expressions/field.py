"""Expressions as a field of other models.

Their tree has thirty classes of nodes. In the documents that describe the services it is an object, and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from contracts.expressions.expression import Expression


def _read(value: object) -> Expression:
    return value if isinstance(value, Expression) else Expression.model_validate(value)


def _dump(expression: Expression) -> dict[str, Any]:
    return expression.model_dump(mode="json")


if TYPE_CHECKING:
    ExpressionField = Expression
else:
    ExpressionField = Annotated[
        Any,
        PlainValidator(_read),
        PlainSerializer(_dump),
        WithJsonSchema({"type": "object", "description": "A tree of typed operations."}),
    ]
"""An `Expression`, which FastAPI takes for any value: it would describe every class that it finds in an annotation."""
