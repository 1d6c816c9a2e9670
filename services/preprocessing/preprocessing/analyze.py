"""Batches to mergeable partial statistics, and those to the statistics that are published.

In the words of TensorFlow Transform: a combiner with create (`Analyzer()`), add, merge (`+` of what it extracted) and
extract (`numeric_statistics`, `categorical_statistics`). Sums are exact (`kernels.sums`) and counts are integers, so the
outcome does not depend on how rows were divided among tasks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.schema import Schema
from contracts.statistics import CategoricalStatistics, LabelStatistics, NumericStatistics, TopToken
from preprocessing.assign import LEFT_OUT
from preprocessing.columns import column
from preprocessing.kernels import sums
from preprocessing.kernels.counting import SPLITS
from preprocessing.tokens import TokenTable

TOP_TOKENS = 20
FULL_BYTES = 64 << 20
FULL_ROWS = 1 << 20
"""What an analyzer holds before its tokens should be taken out: it bounds a task's memory in a source that is one range."""

Uint8s = npt.NDArray[np.uint8]
Uint64s = npt.NDArray[np.uint64]
Float32s = npt.NDArray[np.float32]
Int32s = npt.NDArray[np.int32]


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


@dataclass(frozen=True)
class TokenSums:
    """One categorical column in one split, or one bucket of its tokens: buckets hold different tokens, so all of it adds up."""

    count: int
    positives: int
    distinct: int
    length: int
    top: list[tuple[bytes, int, int]]
    """The most frequent tokens, how often each occurs, and how often with a positive label."""

    def __add__(self, other: TokenSums) -> TokenSums:
        """Both buckets."""
        top = sorted([*self.top, *other.top], key=lambda found: (-found[1], found[0]))[:TOP_TOKENS]
        return TokenSums(
            self.count + other.count,
            self.positives + other.positives,
            self.distinct + other.distinct,
            self.length + other.length,
            top,
        )


NO_TOKENS = TokenSums(0, 0, 0, 0, [])


def token_sums(table: TokenTable) -> list[TokenSums]:
    """What a table has counted, by split."""
    sums: list[TokenSums] = []
    for split in range(SPLITS):
        counts, positives = table.counts[:, split], table.counts[:, SPLITS + split]
        top = table.id_order(counts, size=TOP_TOKENS)
        found = zip(table.tokens(top).to_pylist(), counts[top].tolist(), positives[top].tolist(), strict=True)
        length = int(np.dot(counts, table.lengths))
        sums.append(
            TokenSums(int(counts.sum()), int(positives.sum()), int(np.count_nonzero(counts)), length, list(found))
        )
    return sums


class Analyzer:
    """Adds batches up. One per task; not shared between threads."""

    def __init__(self, schema: Schema) -> None:
        self._numbers = {name: _Numbers() for name in schema.numeric}
        self._tokens = {name: TokenTable() for name in schema.categorical}
        self._held_rows = self._held_bytes = 0
        self._without_label = 0
        self._rows = [RowSums(0, 0, 0)] * SPLITS

    def add(
        self, batch: pa.RecordBatch, codes: Uint8s, labels: Float32s, rows: Uint64s, columns: Mapping[str, Uint64s]
    ) -> dict[str, Int32s]:
        """Add a batch; returns, by categorical feature, the number of each row's token, -1 for none: int32 [rows].

        `codes` uint8, `labels` float32, `rows` and each of `columns` uint64, the fingerprints: each [rows]. Rows of code 0
        are left out.
        """
        self._without_label += int((codes == LEFT_OUT).sum())
        for split in range(SPLITS):
            chosen = codes == split + 1
            content = int(rows[chosen].sum(dtype=np.uint64))
            self._rows[split] += RowSums(int(chosen.sum()), int(labels[chosen].sum(dtype=np.float64)), content)
        for name, numbers in self._numbers.items():
            numbers.add(batch.column(name), codes)
        self._held_rows += batch.num_rows
        self._held_bytes += batch.nbytes
        positive = labels > 0
        return {
            name: table.add(batch.column(name), columns[name], codes, positive) for name, table in self._tokens.items()
        }

    @property
    def is_full(self) -> bool:
        """Whether `take_tokens` is due."""
        return self._held_rows >= FULL_ROWS or self._held_bytes >= FULL_BYTES

    def take_tokens(self) -> dict[str, pa.RecordBatch]:
        """By categorical feature, the tokens since the last time, as a run; their numbers begin anew, and batches are let go."""
        runs = {name: table.run() for name, table in self._tokens.items()}
        for table in self._tokens.values():
            table.clear()
        self._held_rows = self._held_bytes = 0
        return runs

    def extract(self) -> Partial:
        """The partial statistics of all that was added, but for tokens."""
        numbers = {name: found.extract() for name, found in self._numbers.items()}
        return Partial(self._without_label, self._rows, numbers)


def merge_partials(partials: Iterable[Partial], schema: Schema) -> Partial:
    """What all tasks found; zeros where there was none."""
    return sum(partials, start=Analyzer(schema).extract())


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


def categorical_statistics(found: TokenSums, rows: RowSums) -> CategoricalStatistics:
    """The published statistics of one split."""
    return CategoricalStatistics(
        count=found.count,
        missing=rows.rows - found.count,
        distinct=found.distinct,
        average_length=found.length / found.count if found.count else None,
        top=[TopToken.of(token, count) for token, count, _ in found.top],
    )
