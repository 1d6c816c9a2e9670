"""Numeric columns: batches to mergeable states of bounded size that do not depend on the order of rows.

While a column has at most `CAPACITY` distinct values, its state is the count of each: everything else follows from the counts.
Past that, it also holds exact sums, extremes, and for each split an HLL and a KLL sketch of Apache DataSketches, which are
first updated with the values counted so far. Only the KLL sketch depends on order, and on random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import datasketches
import numpy as np
import pyarrow as pa

from contracts.schema import SPLITS
from preprocessing.kernels import exact_sums
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.gather_present import COUNTERS, FLOAT32_LIMIT, INFINITY, WIDE, gather_floats, gather_integers
from preprocessing.kernels.hyperloglog import fill_registers
from preprocessing.statistics.distinct_counts import Registers, no_registers
from preprocessing.statistics.value_counts import ValueCounter, ValueCounts, merge_value_counts
from sources.arrays import Bools, Float64s, Int64s, Uint8s, Uint64s

KLL_K = 1024
"""24 KB for each split of a column, for ranks within 0.27 %."""

_AT_ONCE = 1 << 20
_CARRY = 1 << 28
"""Values after which a limb of a sum may be half full."""
_MERGED_AT_ONCE = 32


@dataclass(frozen=True)
class NumberSums:
    """Sums of one column in one split. `total` and `squares` are exact: integers of 2^-SUM_BIAS and 2^-SQUARE_BIAS."""

    count: int = 0
    zeros: int = 0
    negative: int = 0
    total: int = 0
    squares: int = 0
    low: float = math.inf
    high: float = -math.inf

    def __add__(self, other: NumberSums) -> NumberSums:
        """Return the sums of both sets of values."""
        return NumberSums(
            self.count + other.count,
            self.zeros + other.zeros,
            self.negative + other.negative,
            self.total + other.total,
            self.squares + other.squares,
            min(self.low, other.low),
            max(self.high, other.high),
        )


@dataclass(frozen=True)
class Spread:
    """State of one split of a column with many distinct values, besides their counts by interval."""

    sums: NumberSums
    registers: Registers
    sketch: bytes
    """A KLL sketch of doubles."""

    def __add__(self, other: Spread) -> Spread:
        """Return the state of both sets of values."""
        sketch = _open(self.sketch)
        sketch.merge(_open(other.sketch))
        return Spread(self.sums + other.sums, np.maximum(self.registers, other.registers), sketch.serialize())


@dataclass(frozen=True)
class NumberState:
    """State of one column. `spread`: by split, or None where `values` are exact."""

    missing: Int64s
    """The counters of `kernels.gather_present`: int64 [splits, COUNTERS]."""
    values: ValueCounts
    spread: tuple[Spread, ...] | None
    integers: bool


class NumberColumn:
    """Accumulator of one column's batches. One per task."""

    def __init__(self, *, integers: bool, beyond_float32: bool = False) -> None:
        """Count values that float32 can hold; with `beyond_float32` all that are finite, which must be at most 1e100."""
        self._integers = integers
        self._limit = INFINITY if beyond_float32 else FLOAT32_LIMIT
        self._missing = np.zeros((SPLITS, COUNTERS), np.int64)
        self._values = ValueCounter(SPLITS)
        self._spread: list[_Spreading] | None = None

    def add(self, array: pa.Array, codes: Uint8s, positives: Bools, begins: Int64s) -> None:
        """Add an int64 or float64 column.

        `codes` uint8 [rows]: 1 to 3 for the splits, 0 for a row left out; `positives` bool [rows]: the label; `begins` int64
        [splits]: the number of rows of all earlier splits.
        """
        addresses = column(array)
        present, ends = np.empty(len(codes), np.uint64), begins.copy()
        given = (addresses.values, addresses.bitmap, addresses.start, codes, positives, self._missing, present, ends)
        if self._integers:
            gather_integers(*given)
        else:
            gather_floats(*given, self._limit)
        if self._spread is None and self._missing[:, WIDE].any():
            self._spread = self._spread_out()
        for split, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            self._add_split(present, begin, end, split)

    def _add_split(self, bits: Uint64s, begin: int, end: int, split: int) -> None:
        while begin < end:
            reached = self._values.add(bits, begin, end, split, integers=self._integers)
            if self._spread is not None:
                self._spread[split].add(bits[begin:reached])
            begin = reached
            if begin < end:
                if self._spread is None:
                    self._spread = self._spread_out()
                self._values.collapse(bits[begin : begin + 1], integers=self._integers)

    def _spread_out(self) -> list[_Spreading]:
        counted = self._values.extract()
        return [_Spreading.after(counted, split, integers=self._integers) for split in range(SPLITS)]

    def extract(self) -> NumberState:
        """Return the state so far."""
        spread = None if self._spread is None else tuple(split.extract() for split in self._spread)
        return NumberState(self._missing, self._values.extract(), spread, self._integers)


class _Spreading:
    """The running state of a `Spread`."""

    def __init__(self, *, integers: bool) -> None:
        self._integers = integers
        self._before = NumberSums()
        self._limbs, self._squares = _limbs()
        self._count = self._zeros = self._negative = 0
        self._low, self._high = math.inf, -math.inf
        self.registers = no_registers()
        self.sketch = datasketches.kll_doubles_sketch(KLL_K)

    @classmethod
    def after(cls, counted: ValueCounts, split: int, *, integers: bool) -> _Spreading:
        """Build the state of all values in `counted`, which is exact."""
        spread = cls(integers=integers)
        there = np.flatnonzero(counted.counts[:, split])
        values, counts = counted.lows[there], counted.counts[there, split]
        spread._before = counted_sums(counted, split)
        fill_registers(
            values.astype(np.int64).view(np.uint64) if integers else values.view(np.uint64), spread.registers
        )
        for part in _repeated(values, counts):
            spread.sketch.update(part)
        return spread

    def add(self, bits: Uint64s) -> None:
        """Add values: the bits of doubles, or int64s."""
        for begin in range(0, len(bits), _AT_ONCE):
            part = bits[begin : begin + _AT_ONCE]
            fill_registers(part, self.registers)
            if self._integers:
                self._add(part.view(np.int64))
                exact_sums.add_integers(part.view(np.int64), self._limbs, self._squares)
            else:
                self._add(part.view(np.float64))
                exact_sums.add_floats(part, self._limbs, self._squares)
            if self._count >= _CARRY:
                self._carry()

    def _add(self, values: Int64s | Float64s) -> None:
        self._count += len(values)
        self._zeros += int(np.count_nonzero(values == 0))
        ordered = np.sort(values.astype(np.float64))
        self._negative += int(np.searchsorted(ordered, 0.0))
        self._low, self._high = min(self._low, float(ordered[0])), max(self._high, float(ordered[-1]))
        self.sketch.update(ordered)  # in order it takes half as long

    def _carry(self) -> None:
        """Convert the sums so far to integers before a limb overflows."""
        counts = (self._count, self._zeros, self._negative)
        self._before += NumberSums(*counts, _integer(self._limbs), _integer(self._squares), self._low, self._high)
        self._limbs, self._squares = _limbs()
        self._count = self._zeros = self._negative = 0

    def extract(self) -> Spread:
        """Return the state so far."""
        self._carry()
        return Spread(self._before, self.registers, self.sketch.serialize())


def exact_sum(values: Float64s) -> int:
    """Return the exact sum of finite numbers, in any order, as an integer of 2^-SUM_BIAS."""
    limbs, squares = _limbs()
    exact_sums.add_floats(values.view(np.uint64), limbs, squares)
    return _integer(limbs)


def counted_sums(counted: ValueCounts, split: int) -> NumberSums:
    """Return the sums of one split's values from their exact counts."""
    there = np.flatnonzero(counted.counts[:, split])
    if not len(there):
        return NumberSums()
    values, counts = counted.lows[there], counted.counts[there, split]
    limbs, squares = _limbs()
    exact_sums.add_counted(values.view(np.uint64), counts, limbs, squares)
    return NumberSums(
        int(counts.sum()),
        int(counts[values == 0].sum()),
        int(counts[values < 0].sum()),
        _integer(limbs),
        _integer(squares),
        float(values[0]),
        float(values[-1]),
    )


def _limbs() -> tuple[Int64s, Int64s]:
    return np.zeros(exact_sums.SUM_LIMBS, np.int64), np.zeros(exact_sums.SQUARE_LIMBS, np.int64)


def _integer(limbs: Int64s) -> int:
    used = np.flatnonzero(limbs)
    return sum(int(limbs[i]) << (32 * int(i)) for i in used)


def _repeated(values: Float64s, counts: Int64s) -> Iterator[Float64s]:
    """Yield blocks of values in ascending order, each value repeated by its count."""
    ends = np.cumsum(counts)
    for begin in range(0, int(counts.sum()), _AT_ONCE):
        ranks = np.arange(begin, min(begin + _AT_ONCE, int(ends[-1])))
        yield values[np.searchsorted(ends, ranks, side="right")]


def _open(sketch: bytes) -> datasketches.kll_doubles_sketch:
    return datasketches.kll_doubles_sketch.deserialize(sketch)


def merge_numbers(states: Sequence[NumberState]) -> NumberState:
    """Merge the states of one column. Takes at least one state."""
    while len(states) > _MERGED_AT_ONCE:
        states = [
            merge_numbers(states[begin : begin + _MERGED_AT_ONCE]) for begin in range(0, len(states), _MERGED_AT_ONCE)
        ]
    values = merge_value_counts([state.values for state in states])
    missing = np.sum([state.missing for state in states], axis=0)
    integers = states[0].integers
    if values.shift == 0 and all(state.spread is None for state in states):
        return NumberState(missing, values, None, integers)
    spreads = [state.spread or _spread_of(state) for state in states]
    merged = tuple(reduce(Spread.__add__, (spread[split] for spread in spreads)) for split in range(SPLITS))
    return NumberState(missing, values, merged, integers)


def _spread_of(state: NumberState) -> tuple[Spread, ...]:
    return tuple(_Spreading.after(state.values, split, integers=state.integers).extract() for split in range(SPLITS))
