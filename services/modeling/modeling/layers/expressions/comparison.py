"""Comparisons, in which NaN equals itself and is above all numbers."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions.nodes.comparison import Comparison, Membership
from modeling.layers.expressions.nullable import Nullable, all_valid


def comparison(node: Comparison, left: Nullable, right: Nullable) -> Nullable:
    """Return the comparison: invalid where a side is, except of `same`."""
    valid = all_valid(left, right)
    match node.op:
        case "equal":
            return Nullable(equal(left.values, right.values), valid)
        case "same":
            both_null = tf.logical_not(left.valid | right.valid)
            same = tf.where(valid, equal(left.values, right.values), both_null)
            return Nullable(same, tf.ones_like(valid))
        case "less":
            return Nullable(less(left.values, right.values), valid)
        case "less_equal":
            return Nullable(tf.logical_not(less(right.values, left.values)), valid)


def equal(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Return where the values are equal, bool [rows]."""
    is_equal = tf.equal(left, right)
    return is_equal | (tf.math.is_nan(left) & tf.math.is_nan(right)) if left.dtype == tf.float64 else is_equal


def less(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Return where numbers are less, bool [rows]."""
    is_less = left < right
    return (
        is_less | (tf.math.is_nan(right) & tf.logical_not(tf.math.is_nan(left)))
        if left.dtype == tf.float64
        else is_less
    )


def membership(node: Membership, value: Nullable) -> Nullable:
    """Return where the value is a member; invalid where it is none and the list has a null."""
    members = [member.value for member in node.members if member.value is not None]
    if not members:
        return Nullable(tf.zeros_like(value.valid), tf.zeros_like(value.valid))
    listed = tf.constant(members, value.values.dtype)
    is_member = tf.reduce_any(tf.equal(value.values[:, tf.newaxis], listed), axis=1)
    return Nullable(is_member, value.valid & is_member if len(members) < len(node.members) else value.valid)
