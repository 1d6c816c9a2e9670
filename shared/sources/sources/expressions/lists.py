"""Statistics of lists of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.lists import ListStatistic
from contracts.expressions.patterns.literals import DOUBLE
from sources.expressions.values import Doubles, Int64s, Values

_SMALLEST = 2.0**-126
"""The smallest normal float32."""


def list_statistic(node: ListStatistic, operand: Values) -> Values:
    """Return the statistic of each list; invalid where the list is missing, or has no number but for a count."""
    texts = operand.data
    lists = pc.split_pattern(texts, node.separator.encode())
    numbers, rows = _numbers(pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy())
    size = len(texts)
    counts = np.bincount(rows, minlength=size).astype(np.int64)
    valid = operand.valid & (pc.binary_length(texts).to_numpy() > 0)
    if node.op == "list_count":
        return Values(counts, valid)
    return Values(STATISTICS[node.op](numbers, rows, counts), valid & (counts > 0))


def _numbers(tokens: pa.Array, rows: Int64s) -> tuple[Doubles, Int64s]:
    """Return the finite numbers among tokens as float32 in doubles, and their rows."""
    is_number = pc.match_substring_regex(tokens, DOUBLE)
    digits = pc.replace_substring_regex(tokens.filter(is_number).view(pa.string()), DOUBLE, r"\1\2")
    doubles = pc.cast(digits, pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        singles = np.where(np.abs(doubles) < _SMALLEST, 0.0, doubles).astype(np.float32).astype(np.float64) + 0.0
    is_finite = np.isfinite(singles)
    return singles[is_finite], rows[is_number.to_numpy(zero_copy_only=False)][is_finite]


def _sum(numbers: Doubles, rows: Int64s, counts: Int64s) -> Doubles:
    """Return sums of each row: `bincount` adds one after the other."""
    return np.bincount(rows, numbers, minlength=len(counts)).astype(np.float64, copy=False)


def _mean(numbers: Doubles, rows: Int64s, counts: Int64s) -> Doubles:
    return _sum(numbers, rows, counts) / np.maximum(counts, 1)


def _min(numbers: Doubles, rows: Int64s, counts: Int64s) -> Doubles:
    smallest = np.full(len(counts), np.inf)
    np.minimum.at(smallest, rows, numbers)
    return smallest


def _max(numbers: Doubles, rows: Int64s, counts: Int64s) -> Doubles:
    return -_min(-numbers, rows, counts) + 0.0


STATISTICS: dict[str, Callable[[Doubles, Int64s, Int64s], Doubles]] = {
    "list_sum": _sum,
    "list_mean": _mean,
    "list_min": _min,
    "list_max": _max,
}
