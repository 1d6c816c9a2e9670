"""Batches to mergeable partial statistics.

In the terms of TensorFlow Transform: a combiner with create (`Analyzer()`), add, merge (`+` of rows,
`numeric_columns.merge_numbers`, `merge_buckets` for tokens) and extract (`describe`). Sums are exact (`kernels.exact_sums`) and
counts are integers, so the outcome does not depend on how rows were divided among tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from contracts.label_kinds import label_traits
from contracts.schema import SPLITS, Schema
from preprocessing.assignment.assign import LEFT_OUT
from preprocessing.kernels.exact_sums import ROW_SUMS, add_rows
from preprocessing.statistics.label_sums import NO_LABELS, LabelSums
from preprocessing.statistics.numeric_columns import NumberColumn, NumberState
from preprocessing.vocabularies.staged_lists import ListColumn, ListSums, StagedLists
from preprocessing.vocabularies.token_table import TokenTable
from sources.arrays import Floats, Int32s, Int64s, Uint8s, Uint64s
from sources.matrices import float32_column

FULL_BYTES = 64 << 20
FULL_ROWS = 1 << 20
"""Limits after which an analyzer's tokens should be taken: they bound a task's memory in a source that is one range."""


@dataclass(frozen=True)
class RowSums:
    """One split's rows: their number, the number with the binary label 1, and the sum of their fingerprints mod 2^64."""

    rows: int
    positives: int
    content: int

    def __add__(self, other: RowSums) -> RowSums:
        """Return the sums of both sets of rows."""
        return RowSums(
            self.rows + other.rows,
            self.positives + other.positives,
            (self.content + other.content) & 0xFFFFFFFFFFFFFFFF,
        )


@dataclass(frozen=True)
class Partial:
    """Statistics of one task, per split in the order of `SPLIT_NAMES`; their size does not depend on the number of rows."""

    without_label: int
    rows: list[RowSums]
    labels: LabelSums = NO_LABELS
    """Sums of a regression's labels; empty for other label kinds."""
    lists: Mapping[str, list[ListSums]] = field(default_factory=dict[str, list[ListSums]])
    """By feature whose values are lists."""

    def __add__(self, other: Partial) -> Partial:
        """Return the statistics of both tasks' rows."""
        rows = [a + b for a, b in zip(self.rows, other.rows, strict=True)]
        lists = {
            name: [a + b for a, b in zip(self.lists[name], sums, strict=True)] if name in self.lists else sums
            for name, sums in other.lists.items()
        }
        return Partial(self.without_label + other.without_label, rows, self.labels + other.labels, lists)


class Counted(NamedTuple):
    """The tokens of a batch, by feature: the number of each row's token, -1 for missing, int32 [rows]; or lists of them."""

    numbers: dict[str, Int32s]
    lists: dict[str, StagedLists]


class Analyzer:
    """Accumulator of batches. One per task; not shared between threads."""

    def __init__(self, schema: Schema) -> None:
        self._numbers = {
            name: NumberColumn(integers=feature.value_type == "int64")
            for name, feature in schema.number_columns.items()
        }
        self._order = list(schema.token_columns)
        self._tokens = {name: TokenTable() for name in schema.single_tokens}
        self._lists = {name: ListColumn(bag.separator) for name, bag in schema.bags.items()}
        self._held_rows = self._held_bytes = 0
        self._sums = np.zeros((SPLITS + 1, ROW_SUMS), np.uint64)
        traits = label_traits(schema.label.kind)
        self._is_binary = traits.is_binary
        self._label = NumberColumn(integers=False, beyond_float32=True) if traits.is_number else None
        self._label_sums = NO_LABELS

    def add(
        self, batch: pa.RecordBatch, codes: Uint8s, labels: Floats, rows: Uint64s, columns: Mapping[str, Uint64s]
    ) -> Counted:
        """Add a batch, and return its tokens' numbers in the run.

        `codes` uint8, `labels` as `label_kinds` returns them, `rows` and each of `columns` uint64, the
        fingerprints: all of shape [rows]. Rows with code 0 are left out.
        """
        positive = labels > 0 if self._is_binary else np.zeros(len(labels), np.bool_)
        sums = np.zeros_like(self._sums)
        add_rows(codes, positive, rows, sums)
        self._sums += sums
        begins = _begins(sums[1:, 0])
        for name, numbers in self._numbers.items():
            numbers.add(batch.column(name), codes, positive, begins)
        self._held_rows += batch.num_rows
        self._held_bytes += batch.nbytes
        tokens = {
            name: table.add(batch.column(name), columns[name], codes, positive) for name, table in self._tokens.items()
        }
        lists = {name: column.add(batch.column(name), codes, positive) for name, column in self._lists.items()}
        if self._label is not None:
            doubles = labels.astype(np.float64)
            self._label.add(pa.array(doubles), codes, positive, begins)
            missing = {name: np.isnan(float32_column(batch.column(name))) for name in self._numbers}
            missing |= {name: numbers < 0 for name, numbers in tokens.items()}
            missing |= {name: staged.lengths < 0 for name, staged in lists.items()}
            self._label_sums += LabelSums.of(doubles, codes, missing)
        return Counted(tokens, lists)

    @property
    def is_full(self) -> bool:
        """True when `take_tokens` is due."""
        held = self._held_bytes + sum(column.held_bytes for column in self._lists.values())
        return self._held_rows >= FULL_ROWS or held >= FULL_BYTES

    def take_tokens(self) -> dict[str, pa.RecordBatch]:
        """Return, by categorical feature, the run of tokens since the last call; restarts their indices and releases batches."""
        runs = {name: table.run() for name, table in self._tokens.items()}
        runs |= {name: column.take_tokens() for name, column in self._lists.items()}
        self._tokens = {name: TokenTable(table.capacity) for name, table in self._tokens.items()}
        self._held_rows = self._held_bytes = 0
        return {name: runs[name] for name in self._order}

    def numbers(self) -> list[NumberState]:
        """Return the state of each numeric feature in schema order, then of the label of a regression."""
        columns = [*self._numbers.values(), *([self._label] if self._label is not None else [])]
        return [column.extract() for column in columns]

    def extract(self) -> Partial:
        """Return the statistics so far, except those of columns."""
        rows = [RowSums(*sums) for sums in self._sums[1:].tolist()]
        lists = {name: column.sums for name, column in self._lists.items()}
        return Partial(int(self._sums[LEFT_OUT, 0]), rows, self._label_sums, lists)


def _begins(rows: Uint64s) -> Int64s:
    """Return the exclusive cumulative sum of the splits' row counts: int64 [SPLITS]."""
    return np.concatenate([[0], np.cumsum(rows.astype(np.int64))[:-1]])


def merge_partials(partials: Iterable[Partial]) -> Partial:
    """Return the statistics of all tasks together; zeros without tasks."""
    return sum(partials, start=Partial(0, [RowSums(0, 0, 0)] * SPLITS))
