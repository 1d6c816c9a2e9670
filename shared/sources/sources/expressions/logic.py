"""Three-valued logic."""

from __future__ import annotations

import numpy as np

from contracts.expressions.nodes.logic import Connective, IsNaN, IsNull, Not
from sources.expressions.values import Values, all_valid


def connective(node: Connective, *terms: Values) -> Values:
    """Return whether all or any of the terms are true; null where a null decides."""
    decides = node.op == "or"
    decided = np.logical_or.reduce([term.valid & (term.data == decides) for term in terms])
    return Values(decided == decides, decided | all_valid(*terms))


def negation(node: Not, operand: Values) -> Values:
    """Return the other boolean."""
    del node
    return Values(~operand.data, operand.valid)


def is_null(node: IsNull, operand: Values) -> Values:
    """Return where the operand is null."""
    del node
    return Values(~operand.valid, np.ones_like(operand.valid))


def is_nan(node: IsNaN, operand: Values) -> Values:
    """Return where the operand is NaN."""
    del node
    return Values(np.isnan(operand.data) & operand.valid, np.ones_like(operand.valid))
