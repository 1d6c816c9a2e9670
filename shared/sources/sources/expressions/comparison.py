"""Comparisons, in which NaN equals itself and is above all numbers."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.comparison import Comparison, Membership
from sources.expressions.values import Bools, Values, all_valid


def comparison(node: Comparison, left: Values, right: Values) -> Values:
    """Return the comparison: null where a side is, except of `same`."""
    valid = all_valid(left, right)
    match node.op:
        case "equal":
            return Values(equal(left.data, right.data), valid)
        case "same":
            both_null = ~(left.valid | right.valid)
            return Values(np.where(valid, equal(left.data, right.data), both_null), np.ones_like(valid))
        case "less":
            return Values(less(left.data, right.data), valid)
        case "less_equal":
            return Values(~less(right.data, left.data), valid)


def equal(left: Any, right: Any) -> Bools:
    """Return where the data are equal."""
    if isinstance(left, pa.Array):
        return pc.equal(left, right).to_numpy(zero_copy_only=False)
    if left.dtype == np.float64:
        return (left == right) | (np.isnan(left) & np.isnan(right))
    return left == right


def less(left: Any, right: Any) -> Bools:
    """Return where numbers are less."""
    if left.dtype == np.float64:
        return (left < right) | (np.isnan(right) & ~np.isnan(left))
    return left < right


def membership(node: Membership, value: Values) -> Values:
    """Return where the value is a member; null where it is none and the list has a null."""
    members = [member.value for member in node.members if member.value is not None]
    is_member = _is_in(value.data, members)
    if len(members) < len(node.members):
        return Values(is_member, value.valid & is_member)
    return Values(is_member, value.valid)


def _is_in(data: Any, members: list[Any]) -> Bools:
    if isinstance(data, pa.Array):
        texts = pa.array([cast("str", member).encode() for member in members], pa.binary())
        return pc.is_in(data, value_set=texts).to_numpy(zero_copy_only=False)
    return np.isin(data, np.array(members, data.dtype))
