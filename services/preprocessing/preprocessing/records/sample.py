"""Sample the few rows that a dataset keeps with their raw values (`contracts.dataset.sample`), independent of the ranges.

The sample holds the rows with the smallest fingerprints of the training and of the validation split, without duplicates: a random
sample, identical for any number of ranges. For a feature that is missing in none of them, a row in which it is missing is added,
if there is one among a larger sample.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.sample import Sample
from contracts.schema import SPLIT_NAMES, Schema
from sources.arrays import Float64s, Floats, Int64s, Uint8s, Uint64s
from sources.matrices import missing_values
from sources.values.text_values import ARROW_TYPES

_DRAWN: Mapping[int, int] = {1: 512, 2: 64}
"""Number of candidate rows by split code; other splits are not sampled."""
_KEPT: Mapping[int, int] = {1: 192, 2: 64}
_KEPT_FOR_MISSING = 64
_MANY_HELD = 1 << 12
_ANY = np.iinfo(np.uint64).max
"""The largest uint64: no row is drawn whose fingerprint equals it."""
_READERS = 16


@dataclass(frozen=True)
class StagedSample:
    """The rows sampled from one range: their staged file, and by row split, fingerprint, index in the range's split, label."""

    path: str | None
    codes: Uint8s
    fingerprints: Uint64s
    positions: Int64s
    labels: Float64s
    rows: Int64s
    """Number of rows of the range by split code: int64 [4]."""


class RowSampler:
    """Samples one range, in memory close to the size of the sample.

    The rows with the smallest fingerprints so far are known at any time; displaced rows are released once some thousand are held,
    since releasing copies every column.
    """

    def __init__(self, schema: Schema) -> None:
        self._columns = list(schema.kept_types)
        self._rows = np.zeros(len(SPLIT_NAMES) + 1, np.int64)
        self._smallest = {code: np.zeros(0, np.uint64) for code in _DRAWN}
        self._limits = np.zeros(len(SPLIT_NAMES) + 1, np.uint64)
        self._limits[list(_DRAWN)] = _ANY
        self._held: list[_Held] = []

    def add(self, batch: pa.RecordBatch, codes: Uint8s, fingerprints: Uint64s, labels: Floats) -> None:
        """Sample the rows of a batch. `codes` uint8, `fingerprints` uint64 and `labels` are [rows]."""
        small = np.flatnonzero(fingerprints < self._limits[codes])
        if len(small):
            drawn = [self._draw(code, codes, fingerprints, small) for code in _DRAWN]
            rows = np.concatenate([rows for rows, _ in drawn])
            positions = np.concatenate([positions for _, positions in drawn])
            features = batch.select(self._columns).take(pa.array(rows))
            self._held.append(
                _Held(codes[rows], fingerprints[rows], positions, labels[rows].astype(np.float64), features)
            )
            if sum(len(held.codes) for held in self._held) > _MANY_HELD:
                self._let_go()
        self._rows += np.bincount(codes, minlength=len(self._rows))

    def _draw(self, code: int, codes: Uint8s, fingerprints: Uint64s, small: Int64s) -> tuple[Int64s, Int64s]:
        """Return the batch's rows that are among the split's smallest now, and their indices in the range's part of the split."""
        among = small[codes[small] == code]
        known = self._smallest[code]
        values, first = np.unique(np.concatenate([known, fingerprints[among]]), return_index=True)
        self._smallest[code] = values[: _DRAWN[code]]
        if len(values) >= _DRAWN[code]:
            self._limits[code] = self._smallest[code][-1]
        first = first[: _DRAWN[code]]
        rows = among[first[first >= len(known)] - len(known)]
        return rows, np.searchsorted(np.flatnonzero(codes == code), rows) + self._rows[code]

    def _let_go(self) -> _Held | None:
        """Release displaced rows, and return the remaining ones; None if nothing is held."""
        if not self._held:
            return None
        held = _Held(
            np.concatenate([part.codes for part in self._held]),
            np.concatenate([part.fingerprints for part in self._held]),
            np.concatenate([part.positions for part in self._held]),
            np.concatenate([part.labels for part in self._held]),
            pa.concat_batches([part.features for part in self._held]),
        )
        largest = np.zeros_like(self._limits)
        for code, smallest in self._smallest.items():
            largest[code] = smallest[-1] if len(smallest) else 0
        kept = np.flatnonzero(held.fingerprints <= largest[held.codes])
        held = _Held(
            held.codes[kept],
            held.fingerprints[kept],
            held.positions[kept],
            held.labels[kept],
            held.features.take(pa.array(kept)),
        )
        self._held = [held]
        return held

    def stage(self, folder: DataFolder, source_range: int) -> StagedSample:
        """Write the sampled rows to staging, for `make_sample`."""
        held = self._let_go()
        if held is None:
            nothing = np.zeros(0, np.int64)
            return StagedSample(
                None,
                nothing.astype(np.uint8),
                nothing.astype(np.uint64),
                nothing,
                nothing.astype(np.float64),
                self._rows,
            )
        path = f"{folder.staging}/sample-{source_range:05d}-{secrets.token_hex(4)}.arrow"
        with folder.files.open_output(path) as stream, pa.ipc.new_file(stream, held.features.schema) as out:
            out.write_batch(held.features)
        return StagedSample(path, held.codes, held.fingerprints, held.positions, held.labels, self._rows)


@dataclass(frozen=True)
class _Held:
    """Some rows: arrays are [rows]."""

    codes: Uint8s
    fingerprints: Uint64s
    positions: Int64s
    labels: Float64s
    features: pa.RecordBatch


def make_sample(folder: DataFolder, schema: Schema, staged: Sequence[StagedSample]) -> Sample:
    """Return the rows to keep of those sampled from all ranges; `staged` is in the order of the source."""
    ranges = np.concatenate([np.full(len(sample.codes), index, np.int64) for index, sample in enumerate(staged)])
    within = np.concatenate([np.arange(len(sample.codes), dtype=np.int64) for sample in staged])
    codes = np.concatenate([sample.codes for sample in staged])
    before = np.cumsum([np.zeros_like(staged[0].rows), *(sample.rows for sample in staged)], axis=0)
    positions = np.concatenate([sample.positions for sample in staged]) + before[ranges, codes]
    fingerprints = np.concatenate([sample.fingerprints for sample in staged])
    labels = np.concatenate([sample.labels for sample in staged])
    chosen = np.concatenate(
        [_smallest(fingerprints, positions, np.flatnonzero(codes == code), wanted) for code, wanted in _DRAWN.items()]
    )
    rows = _read(folder, schema, staged, ranges[chosen], within[chosen])
    kept = np.array(_keep(schema, rows, codes[chosen]), np.int64)
    kept = kept[np.lexsort((positions[chosen[kept]], codes[chosen[kept]]))]
    return Sample(codes[chosen[kept]], positions[chosen[kept]], rows.take(pa.array(kept)), labels[chosen[kept]])


def _smallest(fingerprints: Uint64s, positions: Int64s, of: Int64s, wanted: int) -> Int64s:
    """Return the rows with the smallest fingerprints, ascending; of equal fingerprints, the first row in the source."""
    order = of[np.lexsort((positions[of], fingerprints[of]))]
    _, first = np.unique(fingerprints[order], return_index=True)
    return order[first[:wanted]]


def _read(
    folder: DataFolder, schema: Schema, staged: Sequence[StagedSample], ranges: Int64s, within: Int64s
) -> pa.RecordBatch:
    """Read the rows with the indices `within` of `ranges`, in that order."""

    def read(index: int) -> pa.RecordBatch:
        path = staged[index].path
        assert path is not None
        return pa.ipc.open_file(folder.files.map(path)).get_batch(0).take(pa.array(within[ranges == index]))

    used = np.unique(ranges).tolist()
    if not used:
        kinds = schema.kept_types
        return pa.record_batch([pa.array([], ARROW_TYPES[kind]) for kind in kinds.values()], names=list(kinds))
    with ThreadPoolExecutor(_READERS) as threads:
        together = pa.concat_batches(threads.map(read, used))
    # They were read by range, in their order within each range.
    came = np.argsort(ranges, kind="stable")
    back = np.empty_like(came)
    back[came] = np.arange(len(came))
    return together.take(pa.array(back))


def _keep(schema: Schema, rows: pa.RecordBatch, codes: Uint8s) -> list[int]:
    """Return the rows to keep: the first of each split, and one for each feature that is missing in none of these."""
    kept: list[int] = []
    for code, wanted in _KEPT.items():
        kept += np.flatnonzero(codes == code)[:wanted].tolist()
    more: list[int] = []
    for name, feature in schema.features.items():
        column = rows.column(name)
        missing = missing_values(column, feature.column_type)
        if missing.any() and not missing[[*kept, *more]].any() and len(more) < _KEPT_FOR_MISSING:
            more.append(int(np.flatnonzero(missing)[0]))
    return [*kept, *more]
