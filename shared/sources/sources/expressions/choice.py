"""Choices among values."""

from __future__ import annotations

from contracts.expressions.nodes.choice import Case, Coalesce, Extreme
from sources.expressions.comparison import less
from sources.expressions.values import Values, choose


def case(node: Case, *operands: Values) -> Values:
    """Return the value of the first branch whose condition is true."""
    branches = len(node.branches)
    result = operands[-1]
    for i in reversed(range(branches)):
        condition = operands[i]
        result = choose(condition.valid & condition.data, operands[branches + i], result)
    return result


def coalesce(node: Coalesce, *values: Values) -> Values:
    """Return the first value that is not null."""
    del node
    result = values[-1]
    for value in reversed(values[:-1]):
        result = choose(value.valid, value, result)
    return result


def extreme(node: Extreme, *values: Values) -> Values:
    """Return the least or greatest value that is not null."""
    result = values[0]
    for value in values[1:]:
        is_better = less(value.data, result.data) if node.op == "least" else less(result.data, value.data)
        result = choose(value.valid & (is_better | ~result.valid), value, result)
    return result
