"""Statistics of lists of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.lists import ListStatistic
from contracts.expressions.patterns.literals import DOUBLE
from contracts.features import EMPTY_LIST
from sources.expressions.values import Bools, Doubles, Int64s, Values

_SMALLEST = 2.0**-126
"""The smallest normal float32."""
_NO_NUMBERS = pa.array([b"", EMPTY_LIST.encode()], pa.binary())
_PLAIN = b"0123456789.-eE"


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
    doubles, is_number = _doubles(tokens)
    with np.errstate(over="ignore"):
        singles = np.where(np.abs(doubles) < _SMALLEST, 0.0, doubles).astype(np.float32).astype(np.float64) + 0.0
    is_finite = np.isfinite(singles)
    return singles[is_finite], rows[is_number][is_finite]


def _doubles(tokens: pa.Array) -> tuple[Doubles, Bools]:
    """Return the numbers among tokens, and which of the tokens are numbers."""
    is_written = pc.invert(pc.is_in(tokens, _NO_NUMBERS))
    written = tokens.filter(is_written)
    if _has_plain_bytes(written):
        try:
            return _parsed(written), is_written.to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            pass  # as by a token "1e" or "-"
    is_number = pc.match_substring_regex(tokens, DOUBLE)
    digits = pc.replace_substring_regex(tokens.filter(is_number).view(pa.string()), DOUBLE, r"\1\2")
    return _parsed(digits), is_number.to_numpy(zero_copy_only=False)


def _parsed(digits: pa.Array) -> Doubles:
    return pc.cast(digits.view(pa.string()), pa.float64()).to_numpy(zero_copy_only=False)


def _has_plain_bytes(tokens: pa.Array) -> bool:
    """Return true if tokens have no byte but digits, `.`, `-`, `e` and `E`, of which Arrow parses what `DOUBLE` matches."""
    data = tokens.buffers()[2]
    return data is None or not data.to_pybytes().translate(None, _PLAIN)


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
