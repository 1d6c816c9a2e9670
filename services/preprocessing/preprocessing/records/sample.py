"""A few rows that a dataset keeps as they stood in the source: see `contracts.sample`. Which ones does not depend on the tasks.

They are those with the smallest fingerprints of the training and of the validation split, equal rows once: a random draw, the
same for any number of ranges. A feature that is missing in none of them is given a row in which it is, if there is one among
more rows that are drawn.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import DataFolder
from contracts.sample import Sample
from contracts.schema import SPLIT_NAMES, Numeric, Schema
from sources.pack import float32_column, value_types
from sources.values import ARROW_TYPES

Uint8s = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Uint64s = npt.NDArray[np.uint64]

_DRAWN: Mapping[int, int] = {1: 512, 2: 64}
"""How many rows of a split, by its code, are looked at; the others have none."""
_KEPT: Mapping[int, int] = {1: 192, 2: 64}
_KEPT_FOR_MISSING = 64
_READERS = 16


@dataclass(frozen=True)
class StagedSample:
    """What one range drew: where the rows are, and each one's split, fingerprint and place in the range's part of the split."""

    path: str | None
    codes: Uint8s
    fingerprints: Uint64s
    positions: Int64s
    rows: Int64s
    """How many rows the range has of each split, by code: int64 [4]."""


class RowSampler:
    """Draws from one range. Holds little more than what it draws."""

    def __init__(self, schema: Schema) -> None:
        self._features = list(schema.features)
        self._rows = np.zeros(len(SPLIT_NAMES) + 1, np.int64)
        self._drawn = {code: _Drawn(wanted) for code, wanted in _DRAWN.items()}

    def add(self, batch: pa.RecordBatch, codes: Uint8s, fingerprints: Uint64s) -> None:
        """Draw among the rows of a batch, whose splits and fingerprints are given: [rows]."""
        for code, drawn in self._drawn.items():
            here = np.flatnonzero(codes == code)
            drawn.draw(batch, self._features, here, fingerprints[here], int(self._rows[code]))
        self._rows += np.bincount(codes, minlength=len(self._rows))

    def stage(self, folder: DataFolder, source_range: int) -> StagedSample:
        """Leave what was drawn for `publish_sample`."""
        for drawn in self._drawn.values():
            drawn.settle()
        codes = np.concatenate([np.full(len(drawn.positions), code, np.uint8) for code, drawn in self._drawn.items()])
        parts = [drawn.features for drawn in self._drawn.values() if drawn.features is not None]
        path = None
        if parts:
            path = f"{folder.staging}/sample-{source_range:05d}-{secrets.token_hex(4)}.arrow"
            rows = pa.concat_batches(parts)
            with folder.files.open_output(path) as stream, pa.ipc.new_file(stream, rows.schema) as out:
                out.write_batch(rows)
        return StagedSample(
            path,
            codes,
            np.concatenate([drawn.fingerprints for drawn in self._drawn.values()]),
            np.concatenate([drawn.positions for drawn in self._drawn.values()]),
            self._rows,
        )


class _Drawn:
    """The rows of a split with the smallest fingerprints so far: ascending, once nothing waits any more."""

    def __init__(self, wanted: int) -> None:
        self.fingerprints: Uint64s = np.zeros(0, np.uint64)
        self.positions: Int64s = np.zeros(0, np.int64)
        self.features: pa.RecordBatch | None = None
        self._wanted = wanted
        self._waiting: list[tuple[Uint64s, Int64s, pa.RecordBatch]] = []
        self._waiting_rows = 0

    def draw(self, batch: pa.RecordBatch, names: list[str], here: Int64s, fingerprints: Uint64s, before: int) -> None:
        """Draw among the rows `here` of a batch. `before`: rows of the split before the batch."""
        small = np.arange(len(here))
        if len(self.fingerprints) == self._wanted:
            small = np.flatnonzero(fingerprints < self.fingerprints[-1])
        if not len(small):
            return
        _, first = np.unique(fingerprints[small], return_index=True)
        small = small[first[: self._wanted]]
        rows = batch.select(names).take(pa.array(here[small]))
        self._waiting.append((fingerprints[small], small + before, rows))
        self._waiting_rows += len(small)
        if self._waiting_rows >= self._wanted:  # not for every batch: to move a row takes forty copies, one a column
            self.settle()

    def settle(self) -> None:
        """Keep the smallest of those kept and those that wait."""
        if not self._waiting:
            return
        fingerprints, positions, rows = zip(*self._waiting, strict=True)
        self._waiting, self._waiting_rows = [], 0
        found = np.concatenate([self.fingerprints, *fingerprints])
        _, chosen = np.unique(found, return_index=True)
        chosen = chosen[: self._wanted]
        together = pa.concat_batches([*([] if self.features is None else [self.features]), *rows])
        self.fingerprints = found[chosen]
        self.positions = np.concatenate([self.positions, *positions])[chosen]
        self.features = together.take(pa.array(chosen))


def make_sample(folder: DataFolder, schema: Schema, staged: Sequence[StagedSample]) -> Sample:
    """The rows to keep of all that the ranges drew, which are given in the order of the source."""
    ranges = np.concatenate([np.full(len(each.codes), at, np.int64) for at, each in enumerate(staged)])
    within = np.concatenate([np.arange(len(each.codes), dtype=np.int64) for each in staged])
    codes = np.concatenate([each.codes for each in staged])
    before = np.cumsum([np.zeros_like(staged[0].rows), *(each.rows for each in staged)], axis=0)
    positions = np.concatenate([each.positions for each in staged]) + before[ranges, codes]
    fingerprints = np.concatenate([each.fingerprints for each in staged])
    chosen = np.concatenate(
        [_smallest(fingerprints, positions, np.flatnonzero(codes == code), wanted) for code, wanted in _DRAWN.items()]
    )
    rows = _read(folder, schema, staged, ranges[chosen], within[chosen])
    kept = np.array(_keep(schema, rows, codes[chosen]), np.int64)
    kept = kept[np.lexsort((positions[chosen[kept]], codes[chosen[kept]]))]
    return Sample(codes[chosen[kept]], positions[chosen[kept]], rows.take(pa.array(kept)))


def _smallest(fingerprints: Uint64s, positions: Int64s, of: Int64s, wanted: int) -> Int64s:
    """Which of the rows have the smallest fingerprints, ascending; of equal ones the first in the source."""
    order = of[np.lexsort((positions[of], fingerprints[of]))]
    _, first = np.unique(fingerprints[order], return_index=True)
    return order[first[:wanted]]


def _read(
    folder: DataFolder, schema: Schema, staged: Sequence[StagedSample], ranges: Int64s, within: Int64s
) -> pa.RecordBatch:
    """The rows that are numbers `within` of `ranges`, in that order."""

    def read(at: int) -> pa.RecordBatch:
        path = staged[at].path
        assert path is not None
        return pa.ipc.open_file(folder.files.map(path)).get_batch(0).take(pa.array(within[ranges == at]))

    used = np.unique(ranges).tolist()
    if not used:
        kinds = value_types(schema)
        return pa.record_batch([pa.array([], ARROW_TYPES[kind]) for kind in kinds.values()], names=list(kinds))
    with ThreadPoolExecutor(_READERS) as threads:
        together = pa.concat_batches(threads.map(read, used))
    # They came by range, and in their order within each.
    came = np.argsort(ranges, kind="stable")
    back = np.empty_like(came)
    back[came] = np.arange(len(came))
    return together.take(pa.array(back))


def _keep(schema: Schema, rows: pa.RecordBatch, codes: Uint8s) -> list[int]:
    """Which of the rows drawn are kept: the first of each split, and one for each feature that is missing in none of these."""
    kept: list[int] = []
    for code, wanted in _KEPT.items():
        kept += np.flatnonzero(codes == code)[:wanted].tolist()
    more: list[int] = []
    for name, feature in schema.features.items():
        column = rows.column(name)
        missing = (
            np.isnan(float32_column(column))
            if isinstance(feature, Numeric)
            else np.asarray(column.is_null().to_numpy(zero_copy_only=False), bool)
        )
        if missing.any() and not missing[[*kept, *more]].any() and len(more) < _KEPT_FOR_MISSING:
            more.append(int(np.flatnonzero(missing)[0]))
    return [*kept, *more]
