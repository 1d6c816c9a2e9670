"""Statistics of lists of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.lists import ListStatistic
from sources.expressions.casts import read_doubles
from sources.expressions.values import Bools, Doubles, Int64s, Values

_SMALLEST = 2.0**-126
"""The smallest normal float32."""


@dataclass(frozen=True)
class NumberLists:
    """The finite numbers of lists, each a float32 in a double, int64 rows of theirs, and int64 [rows] of how many a list has.

    `there`: bool [rows], the rows that have a list.
    """

    numbers: Doubles
    rows: Int64s
    counts: Int64s
    there: Bools

    @classmethod
    def of(cls, operand: Values, separator: str) -> NumberLists:
        """Read the texts of lists."""
        texts = operand.data
        lists = pc.split_pattern(texts, separator.encode())
        numbers, rows = _numbers(pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy())
        counts = np.bincount(rows, minlength=len(texts)).astype(np.int64)
        return cls(numbers, rows, counts, operand.valid & (pc.binary_length(texts).to_numpy() > 0))


def list_statistic(node: ListStatistic, lists: NumberLists) -> Values:
    """Return the statistic of each list; invalid where the list is missing, or has no number but for a count."""
    if node.op == "list_count":
        return Values(lists.counts, lists.there)
    return Values(STATISTICS[node.op](lists.numbers, lists.rows, lists.counts), lists.there & (lists.counts > 0))


def _numbers(tokens: pa.Array, rows: Int64s) -> tuple[Doubles, Int64s]:
    """Return the finite numbers among tokens as float32 in doubles, and their rows."""
    doubles, is_number = read_doubles(tokens)
    with np.errstate(over="ignore"):
        singles = np.where(np.abs(doubles) < _SMALLEST, 0.0, doubles).astype(np.float32).astype(np.float64) + 0.0
    is_finite = is_number & np.isfinite(singles)
    return singles[is_finite], rows[is_finite]


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
