"""The published datasets of a storage, and whether it is there.

A manifest is read once: a listing reads those whose stamp has changed. While the storage is away nothing counts as missing; what
is asked of it then is answered with 503.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from chassis.storage_marker import StorageMarker
from contracts.dataset.data_folder import DATASETS, MANIFEST
from contracts.dataset.manifest import Manifest
from contracts.dataset.published import Dataset, open_dataset
from contracts.errors import CorruptData, NotFound, StorageUnavailable
from contracts.schema import Layout, Records, SplitName
from contracts.storage import FileStamp, Storage

_ADVICE = "Nothing of it is lost: mount it, and ask again"
_SETTLED_NS = 3_000_000_000
"""Age past which the stamp of a manifest tells it from one that replaces it, though clocks of storages are coarse."""


@dataclass(frozen=True)
class ListedDataset:
    """A dataset as lists show it."""

    name: str
    created: datetime
    fingerprint: str
    records: Records
    layout: Layout
    rows: dict[SplitName, int]
    bytes: int
    """Size of the records."""
    label: str
    """The label's expression, or its name."""
    label_kind: str
    features: int
    warnings: tuple[tuple[str, int], ...]
    """Number of warnings by severity, the worst first; empty where they were not recorded."""

    @classmethod
    def of(cls, manifest: Manifest) -> ListedDataset:
        """Return the entry of a dataset's manifest."""
        label = manifest.schema_.label
        return cls(
            name=manifest.name,
            created=manifest.created,
            fingerprint=manifest.fingerprint,
            records=manifest.records,
            layout=manifest.layout,
            rows={name: split.rows for name, split in manifest.splits.items()},
            bytes=sum(shard.bytes for shard in manifest.shards),
            label=label.shown,
            label_kind=label.kind,
            features=len(manifest.schema_.features),
            warnings=tuple(Counter(warning.severity for warning in manifest.warnings or []).items()),
        )


@dataclass(frozen=True)
class _Read:
    listed: ListedDataset
    stamp: FileStamp | None
    """Stamp with which the manifest need not be read again; None while there is none that tells."""


class PublishedDatasets:
    """The datasets of one storage. Every method may be called from any thread.

    `writes`: mark the storage, so that an empty mount point is not taken for it.
    """

    def __init__(self, storage: Storage, *, writes: bool) -> None:
        self._storage = storage
        self._marker = StorageMarker(storage, DATASETS, _ADVICE, writes=writes)
        self._lock = threading.Lock()
        self._read: dict[str, _Read] = {}
        self._was_opened = False

    def away(self) -> str | None:
        """Look whether the storage is there; return why it counts as away, None if it answers. Never waits for long twice."""
        if self._marker.silent is not None:
            return self._marker.silent
        reason = self._marker.look(is_known=self._is_known)
        if reason is None and not self._is_known:
            try:
                self.listed()
            except StorageUnavailable:
                return self._marker.away
        return reason

    def require(self) -> None:
        """Raise `StorageUnavailable` while the storage is away."""
        reason = self._marker.look(is_known=self._is_known)
        if reason is not None:
            raise self._marker.error(reason)

    def listed(self) -> list[ListedDataset]:
        """Return every published dataset, by name; skip one that is damaged. Raises `StorageUnavailable`."""
        known = self._read
        read = self._list(known)
        if not known.keys() <= read.keys():
            self.require()
            read = self._list(known)  # what was missing may have come back before the storage was asked for
        with self._lock:
            self._read = read
        if read:
            self._mark()
        return [read[name].listed for name in sorted(read)]

    def _list(self, known: dict[str, _Read]) -> dict[str, _Read]:
        try:
            with self._marker.asking():
                names = self._storage.folders(DATASETS)
                stamps = self._storage.file_stamps([f"{DATASETS}/{name}/{MANIFEST}" for name in names])
        except OSError as error:
            reason = f"it cannot be read: {error}"
            self._marker.note(reason)
            raise self._marker.error(reason) from error
        read: dict[str, _Read] = {}
        for name in names:
            stamp = stamps.get(f"{DATASETS}/{name}/{MANIFEST}")
            before = known.get(name)
            if stamp is None:
                continue
            if before is not None and before.stamp == stamp:
                read[name] = before
                continue
            try:
                listed = ListedDataset.of(open_dataset(self._storage, name).manifest)
            except (NotFound, CorruptData):
                continue  # being deleted, or damaged: that raises in `open`
            read[name] = _Read(listed, stamp if _is_settled(stamp) else None)
        return read

    def open(self, name: str) -> Dataset:
        """Return the dataset of that name. Raises `NotFound`, `CorruptData`, `StorageUnavailable`."""
        try:
            dataset = open_dataset(self._storage, name)
        except NotFound:
            self.require()
            dataset = open_dataset(self._storage, name)  # it may have come back before the storage was asked for
        self._was_opened = True
        self._mark()
        return dataset

    def forget(self, name: str) -> None:
        """Take note that a dataset was deleted: an empty folder tells nothing of the storage then."""
        with self._lock:
            self._read = {other: read for other, read in self._read.items() if other != name}
            self._was_opened = False

    @property
    def _is_known(self) -> bool:
        return self._was_opened or bool(self._read)

    def _mark(self) -> None:
        self._marker.note(None)
        if not self._marker.is_marked:
            self._marker.mark()


def _is_settled(stamp: FileStamp) -> bool:
    return stamp.mtime_ns is not None and time.time_ns() - stamp.mtime_ns > _SETTLED_NS
