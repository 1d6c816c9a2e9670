"""Three-valued logic."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions.nodes.logic import Connective, IsNaN, IsNull, Not
from modeling.layers.expressions.nullable import Nullable, all_valid


def connective(node: Connective, *terms: Nullable) -> Nullable:
    """Return whether all or any of the terms are true; invalid where a null decides."""
    is_or = node.op == "or"
    decided = tf.zeros_like(terms[0].valid)
    for term in terms:
        decided |= term.valid & (term.values if is_or else tf.logical_not(term.values))
    return Nullable(decided if is_or else tf.logical_not(decided), decided | all_valid(*terms))


def negation(node: Not, operand: Nullable) -> Nullable:
    """Return the other boolean."""
    del node
    return Nullable(tf.logical_not(operand.values), operand.valid)


def is_null(node: IsNull, operand: Nullable) -> Nullable:
    """Return where the operand is null."""
    del node
    return Nullable(tf.logical_not(operand.valid), tf.ones_like(operand.valid))


def is_nan(node: IsNaN, operand: Nullable) -> Nullable:
    """Return where the operand is NaN."""
    del node
    return Nullable(tf.math.is_nan(operand.values) & operand.valid, tf.ones_like(operand.valid))
