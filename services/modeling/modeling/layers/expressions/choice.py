"""Choices among values."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions.nodes.choice import Case, Coalesce, Extreme
from modeling.layers.expressions.comparison import less
from modeling.layers.expressions.nullable import Nullable, choose


def case(node: Case, *operands: Nullable) -> Nullable:
    """Return the value of the first branch whose condition is true."""
    branches = len(node.branches)
    chosen = operands[-1]
    for i in reversed(range(branches)):
        condition = operands[i]
        chosen = choose(condition.valid & condition.values, operands[branches + i], chosen)
    return chosen


def coalesce(node: Coalesce, *values: Nullable) -> Nullable:
    """Return the first value that is not null."""
    del node
    chosen = values[-1]
    for value in reversed(values[:-1]):
        chosen = choose(value.valid, value, chosen)
    return chosen


def extreme(node: Extreme, *values: Nullable) -> Nullable:
    """Return the least or greatest value that is not null."""
    chosen = values[0]
    for value in values[1:]:
        is_least = node.op == "least"
        is_better = less(value.values, chosen.values) if is_least else less(chosen.values, value.values)
        chosen = choose(value.valid & (is_better | tf.logical_not(chosen.valid)), value, chosen)
    return chosen
