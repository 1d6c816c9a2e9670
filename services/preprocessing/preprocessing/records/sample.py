"""Draw the few rows that a dataset keeps as they stood in the source (`contracts.kept_sample`), whatever the tasks.

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
from contracts.kept_sample import Sample
from contracts.schema import SPLIT_NAMES, Schema
from sources.matrices import missing_values, value_types
from sources.values.text_values import ARROW_TYPES

Uint8s = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Uint64s = npt.NDArray[np.uint64]

_DRAWN: Mapping[int, int] = {1: 512, 2: 64}
"""How many rows of a split, by its code, are looked at; the others have none."""
_KEPT: Mapping[int, int] = {1: 192, 2: 64}
_KEPT_FOR_MISSING = 64
_MANY_HELD = 1 << 12
_ANY = np.iinfo(np.uint64).max
"""More than any row's fingerprint but one, which is never drawn."""
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
    """Draws from one range. Holds little more than what it draws.

    The rows with the smallest fingerprints so far are known at any time; rows that others have displaced are let go when some
    thousand are held, since to move a row takes a copy a column.
    """

    def __init__(self, schema: Schema) -> None:
        self._features = list(schema.features)
        self._rows = np.zeros(len(SPLIT_NAMES) + 1, np.int64)
        self._smallest = {code: np.zeros(0, np.uint64) for code in _DRAWN}
        self._limits = np.zeros(len(SPLIT_NAMES) + 1, np.uint64)
        self._limits[list(_DRAWN)] = _ANY
        self._held: list[_Held] = []

    def add(self, batch: pa.RecordBatch, codes: Uint8s, fingerprints: Uint64s) -> None:
        """Draw among the rows of a batch, whose splits and fingerprints are given: [rows]."""
        small = np.flatnonzero(fingerprints < self._limits[codes])
        if len(small):
            drawn = [self._draw(code, codes, fingerprints, small) for code in _DRAWN]
            rows = np.concatenate([rows for rows, _ in drawn])
            positions = np.concatenate([positions for _, positions in drawn])
            features = batch.select(self._features).take(pa.array(rows))
            self._held.append(_Held(codes[rows], fingerprints[rows], positions, features))
            if sum(len(each.codes) for each in self._held) > _MANY_HELD:
                self._let_go()
        self._rows += np.bincount(codes, minlength=len(self._rows))

    def _draw(self, code: int, codes: Uint8s, fingerprints: Uint64s, small: Int64s) -> tuple[Int64s, Int64s]:
        """Which rows of a batch are among the split's smallest now, and their places in the range's part of the split."""
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
        """What is held, without the rows that others have displaced."""
        if not self._held:
            return None
        held = _Held(
            np.concatenate([each.codes for each in self._held]),
            np.concatenate([each.fingerprints for each in self._held]),
            np.concatenate([each.positions for each in self._held]),
            pa.concat_batches([each.features for each in self._held]),
        )
        largest = np.zeros_like(self._limits)
        for code, smallest in self._smallest.items():
            largest[code] = smallest[-1] if len(smallest) else 0
        kept = np.flatnonzero(held.fingerprints <= largest[held.codes])
        held = _Held(
            held.codes[kept], held.fingerprints[kept], held.positions[kept], held.features.take(pa.array(kept))
        )
        self._held = [held]
        return held

    def stage(self, folder: DataFolder, source_range: int) -> StagedSample:
        """Leave what was drawn for `make_sample`."""
        held = self._let_go()
        if held is None:
            nothing = np.zeros(0, np.int64)
            return StagedSample(None, nothing.astype(np.uint8), nothing.astype(np.uint64), nothing, self._rows)
        path = f"{folder.staging}/sample-{source_range:05d}-{secrets.token_hex(4)}.arrow"
        with folder.files.open_output(path) as stream, pa.ipc.new_file(stream, held.features.schema) as out:
            out.write_batch(held.features)
        return StagedSample(path, held.codes, held.fingerprints, held.positions, self._rows)


@dataclass(frozen=True)
class _Held:
    """Some rows: arrays are [rows]."""

    codes: Uint8s
    fingerprints: Uint64s
    positions: Int64s
    features: pa.RecordBatch


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
        missing = missing_values(column, feature.column_type)
        if missing.any() and not missing[[*kept, *more]].any() and len(more) < _KEPT_FOR_MISSING:
            more.append(int(np.flatnonzero(missing)[0]))
    return [*kept, *more]
