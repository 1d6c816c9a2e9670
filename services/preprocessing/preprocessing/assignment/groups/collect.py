"""The splits of each group of one range: a bit per split, by a 64-bit hash of the key.

Hashes are those that a `split_key` of shares is divided by: a value has one in every spelling and type. What does not fit into
memory is staged in several files, each in the order of hashes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np

from contracts.dataset.data_folder import DataFolder
from preprocessing.assignment.assign import LEFT_OUT, row_fingerprints
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.assignment.splitters.value_hashes import hashes_by_column
from preprocessing.assignment.work import Work
from preprocessing.kernels.fingerprint import MISSING
from sources.arrays import Bools, Uint8s, Uint64s

MOST_IN_MEMORY = 1 << 20
"""Rows, or groups, that a task holds: nine bytes each, and as many again while they are sorted."""


@dataclass(frozen=True)
class GroupFile:
    """Groups in the order of their hashes: uint64 [groups], then their splits, uint8 [groups]."""

    path: str
    groups: int

    def read(self, folder: DataFolder) -> tuple[Uint64s, Uint8s]:
        """Return the hashes and the splits, mapped and not read."""
        data = folder.files.map(self.path)
        return np.frombuffer(data, np.uint64, self.groups), np.frombuffer(data, np.uint8, self.groups, 8 * self.groups)


@dataclass(frozen=True)
class StagedGroups:
    """The groups of one range, and its rows of a split that have no key."""

    files: list[GroupFile]
    without_key: int


class GroupCollector:
    """Collects the groups of one range of the source; nothing where the job has no groups."""

    def __init__(self, work: Work, part: int) -> None:
        self._work = work
        self._part = part
        self._pending: list[tuple[Uint64s, Uint8s]] = []
        self._rows = 0
        self._files: list[GroupFile] = []
        self._without_key = 0

    def add(self, batch: SplitBatch, codes: Uint8s) -> None:
        """Add the rows of a batch that are of a split. `codes`: their splits, uint8 [rows], 0 for none."""
        if not self._work.group_columns:
            return
        hashes, has_key = group_hashes(self._work, batch)
        self._without_key += int(np.count_nonzero(~has_key & (codes != LEFT_OUT)))
        kept = has_key & (codes != LEFT_OUT)
        self._pending.append((hashes[kept], np.left_shift(np.uint8(1), codes[kept] - np.uint8(1))))
        self._rows += int(np.count_nonzero(kept))
        if self._rows > MOST_IN_MEMORY:
            self._join()
            if self._rows > MOST_IN_MEMORY // 2:
                self._write()

    def finish(self) -> StagedGroups:
        """Stage the groups that are in memory."""
        self._join()
        if self._rows:
            self._write()
        return StagedGroups(self._files, self._without_key)

    def _join(self) -> None:
        if self._pending:
            self._pending = [joined(self._pending)]
            self._rows = len(self._pending[0][0])

    def _write(self) -> None:
        folder = self._work.folder
        path = f"{folder.staging}/groups-{self._part:05d}-{secrets.token_hex(4)}"
        ((hashes, splits),) = self._pending
        with folder.files.open_output(path) as stream:
            stream.write(hashes.tobytes())
            stream.write(splits.tobytes())
        self._files.append(GroupFile(path, len(hashes)))
        self._pending, self._rows = [], 0


def group_hashes(work: Work, batch: SplitBatch) -> tuple[Uint64s, Bools]:
    """Return a hash of each row's key, uint64 [rows], and which rows have one: a value in one of its columns, bool [rows]."""
    by_column = hashes_by_column(work, batch, list(work.group_columns))
    has_key = np.zeros(batch.rows.num_rows, np.bool_)
    for hashes in by_column.values():
        has_key |= hashes != MISSING
    return row_fingerprints(by_column, list(by_column)), has_key


def key_hashes(work: Work, batch: SplitBatch, fingerprints: Uint64s) -> Uint64s:
    """Return a hash of each row's `split_key`, uint64 [rows], as splits or groups have it.

    A row without a key is of no group where groups are checked: its own `fingerprints` value, uint64 [rows], stands for it.
    """
    if work.group_columns:
        hashes, has_key = group_hashes(work, batch)
        return np.where(has_key, hashes, fingerprints)
    columns = list(work.key_columns)
    return row_fingerprints(hashes_by_column(work, batch, columns), columns)


def joined(parts: list[tuple[Uint64s, Uint8s]]) -> tuple[Uint64s, Uint8s]:
    """Return each group of all parts once, in the order of hashes, with all of its splits."""
    hashes = np.concatenate([part[0] for part in parts])
    splits = np.concatenate([part[1] for part in parts])
    order = np.argsort(hashes)
    hashes = hashes[order]
    first = np.flatnonzero(np.diff(hashes, prepend=hashes[:1] + np.uint64(1)))
    return hashes[first], np.bitwise_or.reduceat(splits[order], first) if len(first) else splits[:0]
