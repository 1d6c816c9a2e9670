"""The published versions of one storage, and their recorded faults. `serving.registry` holds the versions in memory."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import structlog

from contracts.errors import CorruptData, NotFound
from contracts.storage import FileStamp, Storage
from modeling.repository.claimed_numbers import record_number
from modeling.repository.folders import version_folder
from modeling.repository.labels import Labels
from modeling.repository.listings import Listings, Published
from modeling.repository.versions import VersionManifest, parse_manifest, read_manifest, read_manifest_bytes

_log = structlog.get_logger(__name__)

Key = tuple[str, int]
"""A model's name and a version's number."""

_SETTLED_NS = 3_000_000_000
"""Age at which a file's stamp tells its content: a younger file may be replaced without a change of the stamp, since its time
may count in seconds."""


@dataclass(frozen=True)
class _Fault:
    reason: str
    stamp: str
    """Stamp of the version's files when they were read: files with another stamp may be intact."""


@dataclass(frozen=True)
class _Seen:
    content: bytes
    manifest: VersionManifest
    stamp: FileStamp | None
    """Stamp with which this content need not be read again; None while there is none that tells."""


class ModelRepository:
    """Published models of one storage. Every method may be called from any thread.

    A version is broken while it has a recorded fault: its manifest is unreadable, or loading it failed. Faults are recorded by
    this process, and are dropped once the version's files change. A number alone does not name a version: its
    cached entries hold as long as its manifest is the same. A manifest is read again once its stamp has changed; a replacement of
    the same size and time goes unnoticed if its clock is seconds behind this machine's.

    While the storage is away, what was listed and seen last holds: see `listings`.

    `records_numbers`: record published numbers, and that this is the storage, which writes to it.
    """

    def __init__(self, storage: Storage, *, records_numbers: bool = False) -> None:
        self.storage = storage
        self.listings = Listings(storage, writes=records_numbers)
        self._records_numbers = records_numbers
        self._faults: dict[Key, _Fault] = {}
        self._seen: dict[str, dict[int, _Seen]] = {}
        self._recorded: dict[str, int] = {}
        self._unrecorded: set[str] = set()

    def names(self) -> list[str]:
        """Return every model with a published version, sorted."""
        return sorted(self.listings.models())

    def numbers(self, model: str) -> list[int]:
        """Return the published versions, ascending; empty for an unknown model."""
        return [*self.listings.published(model)]

    def published(self, model: str) -> Published:
        """List the published versions; empty for an unknown model. Drops what was seen of versions that are gone."""
        return self._without_gone(model, self.listings.published(model))

    def published_models(self) -> dict[str, Published]:
        """List the published versions of every model that has one, as `published` does."""
        return {name: self._without_gone(name, published) for name, published in self.listings.models().items()}

    def _without_gone(self, model: str, published: Published) -> Published:
        seen = self._seen.get(model, {})
        for number in [number for number in [*seen] if number not in published]:
            seen.pop(number, None)
        return published

    def versions(self, model: str, *, pointer: str | None = None) -> list[int]:
        """Return the published versions, ascending. Raises `NotFound`, with `pointer`, for an unknown model.

        Raises `StorageUnavailable` where it cannot be known because the storage is away.
        """
        numbers = self.numbers(model)
        if not numbers:
            self.listings.require()
            raise NotFound(f"there is no model named {model!r}", pointer=pointer)
        return numbers

    def labels(self, model: str, known: Labels | None = None) -> Labels:
        """Return the present labels; empty for an unknown model. `known` is returned unread if it is still the present state."""
        return self.listings.labels(model, known)

    def manifest(self, model: str, version: int) -> VersionManifest:
        """Return the manifest of a version. Raises `NotFound`, `CorruptData`."""
        seen = self._seen.get(model, {}).get(version)
        try:
            return read_manifest(self.storage, model, version)
        except NotFound:
            if seen is not None and self.listings.look() is not None:
                return seen.manifest
            if version in self.versions(model):
                self.listings.require()
            raise

    def seen_manifest(self, model: str, version: int, stamp: FileStamp | None = None) -> VersionManifest:
        """Return the manifest of a version, read unless it was seen with this stamp, parsed if changed. Raises as `manifest`.

        What was seen is kept: for versions that answer, or may.
        """
        seen = self._seen.get(model, {}).get(version)
        if seen is not None and stamp is not None and seen.stamp == stamp:
            return seen.manifest
        stamp = stamp if _is_settled(stamp) else None
        try:
            content = read_manifest_bytes(self.storage, model, version)
        except NotFound:
            reason = self.listings.look()
            if reason is None:
                self._seen.get(model, {}).pop(version, None)
                raise
            if seen is None:
                raise self.listings.away_error(reason) from None
            return seen.manifest
        is_same = seen is not None and seen.content == content
        manifest = seen.manifest if seen is not None and is_same else parse_manifest(content, model, version)
        kept = seen.stamp if seen is not None and is_same and stamp is None else stamp
        self._seen.setdefault(model, {})[version] = _Seen(content, manifest, kept)
        return manifest

    def holds(self, manifest: VersionManifest, published: Published) -> bool:
        """Return whether the storage still holds this version: neither removed, nor replaced by another of the same number.

        A manifest that cannot be parsed, as while it is written, is no proof that the version was replaced.
        """
        stamp = published.get(manifest.version)
        if stamp is None:
            return False
        try:
            present = self.seen_manifest(manifest.model, manifest.version, stamp)
        except NotFound:
            return False
        except CorruptData:
            return True
        return present is manifest or present == manifest

    def may_be_default(self, model: str, version: int, labels: Labels, stamp: FileStamp | None = None) -> bool:
        """Return whether a version is not broken, has metrics, and passed its gate or has a label.

        Records the fault of a bad manifest.
        `stamp`: its manifest's, as listed, with which what was seen is not read again.
        """
        if self.fault(model, version) is not None:
            return False
        seen = self._seen.get(model, {}).get(version)
        try:
            with self.recording_faults(model, version) if seen is None else nullcontext():
                manifest = self.seen_manifest(model, version, stamp)
        except NotFound:
            return False
        except CorruptData:
            if seen is None:
                return False
            manifest = seen.manifest
        return not manifest.why_unscored and (manifest.passed or bool(labels.of(version)))

    def record_numbers(self, model: str, numbers: Collection[int]) -> None:
        """Make sure that no other version is given one of these published numbers, once theirs are removed.

        Where the storage cannot be written now, the next call tries again.
        """
        highest = max(numbers, default=0)
        if not self._records_numbers or highest <= self._recorded.get(model, 0) or self.listings.away:
            return
        try:
            record_number(self.storage, model, highest)
        except OSError as error:
            if model not in self._unrecorded:
                self._unrecorded.add(model)
                _log.warning("numbers of versions cannot be recorded", model=model, reason=str(error))
            return
        self._unrecorded.discard(model)
        self._recorded[model] = highest

    def fault(self, model: str, version: int) -> str | None:
        """Return why a version is broken; None while no fault is known."""
        fault = self._faults.get((model, version))
        return None if fault is None else fault.reason

    @contextmanager
    def reading(self) -> Generator[None]:
        """Raise `StorageUnavailable` for `CorruptData` and `NotFound` from reading while the storage is away."""
        try:
            yield
        except (CorruptData, NotFound) as error:
            reason = self.listings.look()
            if reason is None:
                raise
            raise self.listings.away_error(reason) from error

    @contextmanager
    def recording_faults(self, model: str, version: int) -> Generator[None]:
        """Record `CorruptData` and `NotFound` from reading a version as its fault, and raise them as `reading` does."""
        stamp = self._stamp(model, version)  # before the files are read, since they may change during the read
        try:
            with self.reading():
                yield
        except (CorruptData, NotFound) as error:
            fault = _Fault(error.message, stamp)
            if self._faults.get((model, version)) != fault:
                self._faults[model, version] = fault
                _log.error("version is broken", model=model, version=version, reason=fault.reason)
            raise

    def forget_mended(self, model: str) -> bool:
        """Drop the faults of versions whose files have changed since; return whether there were any."""
        mended = [
            (name, number)
            for (name, number), fault in [*self._faults.items()]
            if name == model and self._stamp(name, number) != fault.stamp
        ]
        for key in mended:
            self._faults.pop(key, None)
        return bool(mended)

    def _stamp(self, model: str, version: int) -> str:
        return self.storage.stamp(version_folder(model, version))

    @property
    def faulty(self) -> set[str]:
        """Return the models with a broken version."""
        return {model for model, _ in [*self._faults]}

    def remembered(self) -> set[str]:
        """Return the models that have cached entries."""
        return {model for model, seen in [*self._seen.items()] if seen} | self.faulty

    def forget(self, gone: Collection[str]) -> None:
        """Drop the cached entries of models that are no longer published."""
        for key in [key for key in [*self._faults] if key[0] in gone]:
            self._faults.pop(key, None)
        for model in gone:
            self._seen.pop(model, None)
            self._recorded.pop(model, None)
            self._unrecorded.discard(model)
        self.listings.forget(gone)


def _is_settled(stamp: FileStamp | None) -> bool:
    return stamp is not None and stamp.mtime_ns is not None and time.time_ns() - stamp.mtime_ns > _SETTLED_NS
