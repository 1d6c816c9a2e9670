"""Batches to mergeable partial statistics, and those to the statistics that are published.

In the words of TensorFlow Transform: a combiner with create (`Analyzer()`), add, merge (`merge_partials`, `merge_tokens`) and
extract (`numeric_statistics`, `categorical_statistics`). Sums are exact (`kernels.sums`) and counts are integers, so the
outcome does not depend on how rows were divided among tasks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.schema import SPLIT_NAMES, Schema
from contracts.statistics import CategoricalStatistics, LabelStatistics, NumericStatistics, TopToken
from preprocessing.assign import LEFT_OUT
from preprocessing.columns import column
from preprocessing.kernels import sums
from preprocessing.tokens import TokenCounter, merge_tokens, ordered

SPLITS = len(SPLIT_NAMES)
TOP_TOKENS = 20
FLUSH_BYTES = 256 << 20
MERGE_TABLES = 8
FLUSH_ROWS = 1 << 20
"""Rows whose tokens are held in one hash table, which bounds a task's memory in a source that is one range."""

Uint8s = npt.NDArray[np.uint8]
Uint64s = npt.NDArray[np.uint64]
Float32s = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NumberSums:
    """One numeric column in one split. `total` and `squares` are exact, as integers of 2^-SUM_BIAS and 2^-SQUARE_BIAS."""

    counters: tuple[int, ...]
    total: int
    squares: int
    low: float
    high: float

    def __add__(self, other: NumberSums) -> NumberSums:
        """The same column over both sets of rows."""
        return NumberSums(
            tuple(a + b for a, b in zip(self.counters, other.counters, strict=True)),
            self.total + other.total,
            self.squares + other.squares,
            min(self.low, other.low),
            max(self.high, other.high),
        )


@dataclass(frozen=True)
class RowSums:
    """One split's rows: how many, how many positive, and the sum of their fingerprints mod 2^64."""

    rows: int
    positives: int
    content: int

    def __add__(self, other: RowSums) -> RowSums:
        """Both sets of rows."""
        return RowSums(
            self.rows + other.rows,
            self.positives + other.positives,
            (self.content + other.content) & 0xFFFFFFFFFFFFFFFF,
        )


@dataclass(frozen=True)
class Partial:
    """What one task found: per split, in the order of `SPLIT_NAMES`; small whatever the number of rows."""

    without_label: int
    rows: list[RowSums]
    numbers: dict[str, list[NumberSums]]

    def __add__(self, other: Partial) -> Partial:
        """What two tasks found."""
        return Partial(
            self.without_label + other.without_label,
            [a + b for a, b in zip(self.rows, other.rows, strict=True)],
            {
                name: [a + b for a, b in zip(found, other.numbers[name], strict=True)]
                for name, found in self.numbers.items()
            },
        )


class _Numbers:
    """The running state of one numeric column."""

    def __init__(self) -> None:
        self.counters = np.zeros((SPLITS, sums.COUNTERS), np.int64)
        self.totals = [0] * SPLITS
        self.squares = [0] * SPLITS
        self.extremes = np.tile(np.array([math.inf, -math.inf]), (SPLITS, 1))

    def add(self, array: pa.Array, codes: Uint8s) -> None:
        at = column(array)
        limbs = np.zeros((SPLITS, sums.SUM_LIMBS), np.int64)
        squares = np.zeros((SPLITS, sums.SQUARE_LIMBS), np.int64)
        add = sums.add_integers if array.type == pa.int64() else sums.add_floats
        add(at.values, at.bitmap, at.start, codes, self.counters, limbs, squares, self.extremes)
        for split in range(SPLITS):
            self.totals[split] += _integer(limbs[split])
            self.squares[split] += _integer(squares[split])

    def extract(self) -> list[NumberSums]:
        return [
            NumberSums(
                tuple(self.counters[split].tolist()),
                self.totals[split],
                self.squares[split],
                float(self.extremes[split, 0]),
                float(self.extremes[split, 1]),
            )
            for split in range(SPLITS)
        ]


def _integer(limbs: npt.NDArray[np.int64]) -> int:
    used = np.flatnonzero(limbs)
    return sum(int(limbs[i]) << (32 * int(i)) for i in used)


class Analyzer:
    """Adds batches up. One per task; not shared between threads."""

    def __init__(self, schema: Schema) -> None:
        self._numbers = {name: _Numbers() for name in schema.numeric}
        self._counters = {name: TokenCounter() for name in schema.categorical}
        self._tokens: dict[str, list[pa.Table]] = {name: [] for name in schema.categorical}
        self._pending_rows = self._pending_bytes = 0
        self._without_label = 0
        self._rows = [RowSums(0, 0, 0)] * SPLITS

    def add(self, batch: pa.RecordBatch, codes: Uint8s, labels: Float32s, fingerprints: Uint64s) -> None:
        """Add a batch. `codes` uint8, `labels` float32, `fingerprints` uint64, each [rows]; rows of code 0 are left out."""
        self._without_label += int((codes == LEFT_OUT).sum())
        for split in range(SPLITS):
            chosen = codes == split + 1
            content = int(fingerprints[chosen].sum(dtype=np.uint64))
            self._rows[split] += RowSums(int(chosen.sum()), int(labels[chosen].sum(dtype=np.float64)), content)
        for name, numbers in self._numbers.items():
            numbers.add(batch.column(name), codes)
        for name, counter in self._counters.items():
            counter.add(batch.column(name), codes)
        self._pending_rows += batch.num_rows
        self._pending_bytes += batch.nbytes
        if self._pending_rows >= FLUSH_ROWS or self._pending_bytes >= FLUSH_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Take the counts so far out of the counters, which then let go of the batches that they were counted in."""
        for name, counter in self._counters.items():
            tables = [*self._tokens[name], counter.extract()]
            self._tokens[name] = [merge_tokens(tables)] if len(tables) >= MERGE_TABLES else tables
        self._pending_rows = self._pending_bytes = 0

    def extract(self) -> tuple[Partial, dict[str, pa.Table]]:
        """The partial statistics, and for each categorical feature a `TOKEN_COUNTS` table of distinct tokens."""
        self._flush()
        numbers = {name: found.extract() for name, found in self._numbers.items()}
        tokens = {name: merge_tokens(tables) for name, tables in self._tokens.items()}
        return Partial(self._without_label, self._rows, numbers), tokens


def merge_partials(partials: Iterable[Partial], schema: Schema) -> Partial:
    """What all tasks found; zeros where there was none."""
    nothing, _ = Analyzer(schema).extract()
    return sum(partials, start=nothing)


def numeric_statistics(found: NumberSums) -> NumericStatistics:
    """The published statistics: the exact mean, rounded to the nearest double, and the root of the exact variance."""
    count, missing, infinite, zeros, negative = found.counters
    mean = std = low = high = None
    if count:
        total = Fraction(found.total, 1 << sums.SUM_BIAS)
        squares = Fraction(found.squares, 1 << sums.SQUARE_BIAS)
        exact = total / count
        mean, std = float(exact), _root(squares / count - exact * exact)
        low, high = found.low, found.high
    return NumericStatistics(
        count=count,
        missing=missing,
        infinite=infinite,
        zeros=zeros,
        negative=negative,
        mean=mean,
        std=std,
        min=low,
        max=high,
    )


def _root(square: Fraction) -> float:
    """The square root of an exact number, without overflow or underflow on the way."""
    shift = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    scaled = square / Fraction(4) ** shift
    return math.ldexp(math.sqrt(scaled), shift)


def label_statistics(found: RowSums) -> LabelStatistics:
    """The label in one split."""
    return LabelStatistics(count=found.rows, positives=found.positives)


def categorical_statistics(tokens: pa.Table, rows: RowSums, split: str) -> CategoricalStatistics:
    """The published statistics of one split, from all token counts of the feature."""
    counts = tokens.column(split)
    present = tokens.filter(pc.greater(counts, 0))
    counts = present.column(split)
    count = pc.sum(counts).as_py() or 0
    length = pc.sum(pc.multiply(counts, pc.binary_length(present.column("token")).cast(pa.int64()))).as_py() or 0
    top = ordered(present, split, TOP_TOKENS)
    return CategoricalStatistics(
        count=count,
        missing=rows.rows - count,
        distinct=len(present),
        average_length=length / count if count else None,
        top=[
            TopToken.of(token, number)
            for token, number in zip(top.column(0).to_pylist(), top.column(1).to_pylist(), strict=True)
        ],
    )
