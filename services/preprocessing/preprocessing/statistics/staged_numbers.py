"""States of numeric columns: staged by each range of the source, then merged column by column.

A state is up to half a megabyte per column, so it does not go through the driver; a merging task holds a few of one column.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import ValuesFile
from contracts.dataset.value_counts import VALUE_COUNTS, value_counts_file
from contracts.features import Feature
from contracts.label_kinds import label_traits
from contracts.schema import Schema
from contracts.statistics import NumericStatistics
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.describe import numeric_statistics
from preprocessing.statistics.numeric_columns import NumberState, merge_numbers
from preprocessing.statistics.stored_states import state_bytes, state_of
from preprocessing.statistics.value_counts import ValueCounts
from sources.arrays import Int64s
from sources.packed_sequence import PackedSequence

TASK_BYTES = 4 << 20
"""Bytes of staged states per merging task: small columns share a task, which costs as much as merging some megabytes."""
_HELD = 16


@dataclass(frozen=True)
class StagedNumbers:
    """File of one range's states: that of numeric feature i is between `ends[i]` and `ends[i + 1]`."""

    path: str
    ends: Sequence[int] | Int64s


class AllNumbers(PackedSequence[StagedNumbers]):
    """The files of all ranges, as each task gets them: `ends` in one array, int64 [ranges, features + 1]."""

    def __init__(self, staged: Sequence[StagedNumbers]) -> None:
        self._paths = [numbers.path for numbers in staged]
        self._ends = np.array([numbers.ends for numbers in staged], np.int64)

    def __len__(self) -> int:
        """Return the number of ranges."""
        return len(self._paths)

    def item(self, index: int) -> StagedNumbers:
        """Return one range's file."""
        return StagedNumbers(self._paths[index], self._ends[index])


@dataclass(frozen=True)
class MergedNumbers:
    """A numeric feature's statistics by split, and its published counts of values."""

    feature: str
    statistics: list[NumericStatistics]
    counts: ValuesFile


def stage_numbers(folder: DataFolder, source_range: int, states: Sequence[NumberState]) -> StagedNumbers:
    """Write a range's states to staging, one per column of `number_columns`, in that order."""
    parts = [state_bytes(state) for state in states]
    path = f"{folder.staging}/numbers-{source_range:05d}-{secrets.token_hex(4)}"
    if parts:
        with folder.files.open_output(path) as stream:
            for part in parts:
                stream.write(part)
    return StagedNumbers(path, np.cumsum([0, *map(len, parts)]).tolist())


def number_columns(schema: Schema) -> dict[str, Feature | None]:
    """Return the columns that have a state: the features that are read as numbers, and a regression's label, without rules."""
    label = {schema.label.name: None} if label_traits(schema.label.kind).is_number else {}
    return {**schema.number_columns, **label}


def plan_number_merges(staged: Sequence[StagedNumbers], schema: Schema) -> list[list[int]]:
    """Return the indices of the numeric features that each task merges, of about `TASK_BYTES` together."""
    merges: list[list[int]] = []
    load = 0
    for feature in range(len(number_columns(schema))):
        weight = sum(numbers.ends[feature + 1] - numbers.ends[feature] for numbers in staged)
        if not merges or load + weight > TASK_BYTES:
            merges.append([])
            load = 0
        merges[-1].append(feature)
        load += weight
    return merges


def merge_features(
    folder: DataFolder,
    schema: Schema,
    staged: Sequence[StagedNumbers],
    rows: Sequence[RowSums],
    features: Sequence[int],
) -> list[MergedNumbers]:
    """Merge the numeric features' states from all ranges, and publish their counts. `rows`: sums of all ranges, by split."""
    named, staged_states = list(number_columns(schema).items()), _StagedStates(folder, staged)
    batches: list[pa.RecordBatch] = []
    shifts: list[int] = []
    statistics: list[list[NumericStatistics]] = []
    for feature in features:
        state = staged_states.merged(feature)
        rules = named[feature][1]
        wanted = () if rules is None else rules.wanted_quantiles
        statistics.append([numeric_statistics(state, split, sums, wanted) for split, sums in enumerate(rows)])
        batches.append(_batch(state.values))
        shifts.append(state.values.shift)
    data = value_counts_file(batches)  # one file, since each costs a task some milliseconds until it is on disk
    path, digest = folder.values(features[0]), hashlib.sha256(data).hexdigest()
    folder.files.stage(path, data)
    return [
        MergedNumbers(
            named[feature][0],
            statistics[index],
            ValuesFile(path=path, bytes=len(data), sha256=digest, batch=index, shift=shifts[index]),
        )
        for index, feature in enumerate(features)
    ]


class _StagedStates:
    """The states that all ranges left. Files on this machine stay mapped; others are read again for each feature."""

    def __init__(self, folder: DataFolder, staged: Sequence[StagedNumbers]) -> None:
        self._files = folder.files
        self._staged = staged
        self._mapped: dict[str, Any] = {}

    def merged(self, feature: int) -> NumberState:
        """Return a feature's state over all ranges."""
        state: NumberState | None = None
        for begin in range(0, len(self._staged), _HELD):
            held = [self._read(numbers, feature) for numbers in self._staged[begin : begin + _HELD]]
            state = merge_numbers(held if state is None else [state, *held])
        assert state is not None, "a source has a range"
        return state

    def _read(self, staged: StagedNumbers, feature: int) -> NumberState:
        data = self._mapped.get(staged.path)
        if data is None:
            data = memoryview(self._files.map(staged.path))
            if self._files.local_path() is not None:
                self._mapped[staged.path] = data
        return state_of(data[staged.ends[feature] : staged.ends[feature + 1]], staged.path)


def _batch(values: ValueCounts) -> pa.RecordBatch:
    columns = [values.lows, values.highs, *values.counts.T]
    return pa.RecordBatch.from_arrays(
        [pa.array(np.ascontiguousarray(column)) for column in columns], schema=VALUE_COUNTS
    )
