"""The leaves: a column of the row, and a literal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.expressions.nodes.node import Node, ResultType

_PYTHON_TYPES: dict[ResultType, type] = {"double": float, "integer": int, "boolean": bool, "text": str, "instant": int}
_INT64 = 2**63


class Column(Node):
    """The value of a column. A missing value is null."""

    op: Literal["column"] = "column"
    name: Annotated[str, Field(min_length=1)]
    type: ResultType

    @property
    def result_type(self) -> ResultType:
        """Return the type of the column."""
        return self.type


class Constant(Node):
    """A literal; null has a type, too. An instant is in microseconds since 1970."""

    op: Literal["literal"] = "literal"
    type: ResultType
    value: bool | int | float | str | None

    @property
    def result_type(self) -> ResultType:
        """Return the type of the literal."""
        return self.type

    def check(self) -> None:
        """Raise `ValueError` if the value is not of the type, is no int64, or is text that has no UTF-8."""
        if self.value is None:
            return
        if type(self.value) is not _PYTHON_TYPES[self.type]:
            raise ValueError(f"a literal of type {self.type} must be one. Received: {self.value!r}")
        if isinstance(self.value, int) and not -_INT64 <= self.value < _INT64:
            raise ValueError(f"whole numbers have 64 bits. Received: {self.value}")
        if isinstance(self.value, str):
            self.value.encode()
