"""Expressions of a row: a tree of typed nodes, with the rules of the time zone that its dates are in.

The tree is all that there is: text is parsed once, in preprocessing, and both compilers read this. The result is missing where it
is null, NaN or infinite.
"""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from contracts.base_model import FrozenModel
from contracts.expressions.nodes.any_node import AnyNode
from contracts.expressions.nodes.instants import DateDifference, DatePart, TruncateDate
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.node import ResultType, depth, walk
from contracts.expressions.zone_rules import ZoneRules

DEEPEST = 50
MOST_NODES = 1000


class Expression(FrozenModel):
    """A typed expression of one row. `zone`: that of its dates, where it has any."""

    root: AnyNode
    zone: ZoneRules | None = None

    @property
    def result_type(self) -> ResultType:
        """Return the type of the result."""
        return self.root.result_type

    @property
    def is_exact(self) -> bool:
        """Return true if Spark's tasks and the graph agree to the last bit."""
        return self.root.is_exact

    def columns(self) -> dict[str, ResultType]:
        """Return the columns that are read, in the order of their first mention, with their types."""
        return {node.name: node.type for node in walk(self.root) if isinstance(node, Column)}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if depth(self.root) > DEEPEST:
            raise ValueError(f"an expression is at most {DEEPEST} operations deep. Received: {depth(self.root)}")
        nodes = list(walk(self.root))
        if len(nodes) > MOST_NODES:
            raise ValueError(f"an expression has at most {MOST_NODES} operations and operands. Received: {len(nodes)}")
        columns = {(node.name, node.type) for node in nodes if isinstance(node, Column)}
        if not columns:
            raise ValueError("an expression reads at least one column")
        if len(columns) > len(self.columns()):
            raise ValueError("a column has one type in an expression")
        if self.zone is None and any(isinstance(node, DatePart | TruncateDate | DateDifference) for node in nodes):
            raise ValueError("dates are in a time zone, which the expression does not have")
        return self
