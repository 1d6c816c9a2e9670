"""The published versions of one storage, and their recorded faults. `serving.registry` holds the versions in memory."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import structlog

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.repository.claimed_numbers import record_number
from modeling.repository.folders import model_names, version_folder, version_numbers
from modeling.repository.labels import Labels, read_labels
from modeling.repository.versions import VersionManifest, parse_manifest, read_manifest, read_manifest_bytes

_log = structlog.get_logger(__name__)

Key = tuple[str, int]
"""A model's name and a version's number."""


@dataclass(frozen=True)
class _Fault:
    reason: str
    stamp: str
    """Stamp of the version's files when they were read: files with another stamp may be intact."""


class ModelRepository:
    """Published models of one storage. Every method may be called from any thread.

    A version is broken while it has a recorded fault: its manifest is unreadable, or loading it failed. Faults are recorded by
    this process, and are dropped once the version's files change. A number alone does not name a version: its
    cached entries hold as long as its manifest is the same.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._faults: dict[Key, _Fault] = {}
        self._seen: dict[Key, tuple[bytes, VersionManifest]] = {}
        self._recorded: dict[str, int] = {}

    def names(self) -> list[str]:
        """Return every model with a published version, sorted."""
        return model_names(self.storage)

    def numbers(self, model: str) -> list[int]:
        """Return the published versions, ascending; empty for an unknown model."""
        return version_numbers(self.storage, model)

    def versions(self, model: str, *, pointer: str | None = None) -> list[int]:
        """Return the published versions, ascending. Raises `NotFound`, with `pointer`, for an unknown model."""
        numbers = self.numbers(model)
        if not numbers:
            raise NotFound(f"there is no model named {model!r}", pointer=pointer)
        return numbers

    def labels(self, model: str, known: Labels | None = None) -> Labels:
        """Return the present labels; empty for an unknown model. `known` is returned unread if it is still the present state."""
        return read_labels(self.storage, model, known)

    def manifest(self, model: str, version: int) -> VersionManifest:
        """Return the manifest of a version. Raises `NotFound`, `CorruptData`."""
        self.versions(model)
        return read_manifest(self.storage, model, version)

    def seen_manifest(self, model: str, version: int) -> VersionManifest:
        """Return the manifest of a version, read now, and parsed again only if it has changed. Raises as `manifest`.

        What was seen is kept: for versions that answer, or may.
        """
        key = (model, version)
        seen = self._seen.get(key)
        try:
            content = read_manifest_bytes(self.storage, model, version)
        except NotFound:
            self._seen.pop(key, None)
            raise
        if seen is not None and seen[0] == content:
            return seen[1]
        manifest = parse_manifest(content, model, version)
        self._seen[key] = (content, manifest)
        return manifest

    def holds(self, manifest: VersionManifest) -> bool:
        """Return whether the storage still holds this version: neither removed, nor replaced by another of the same number.

        A manifest that cannot be parsed, as while it is written, is no proof that the version was replaced.
        """
        try:
            present = self.seen_manifest(manifest.model, manifest.version)
        except NotFound:
            return False
        except CorruptData:
            return True
        return present is manifest or present == manifest

    def may_be_default(self, model: str, version: int, labels: Labels) -> bool:
        """Return whether a version is not broken, and passed its gate or has a label. Records the fault of a bad manifest."""
        if self.fault(model, version) is not None:
            return False
        seen = self._seen.get((model, version))
        try:
            with self.recording_faults(model, version) if seen is None else nullcontext():
                manifest = self.seen_manifest(model, version)
        except NotFound:
            return False
        except CorruptData:
            if seen is None:
                return False
            manifest = seen[1]
        return manifest.passed or bool(labels.of(version))

    def record_numbers(self, model: str, numbers: Collection[int]) -> None:
        """Make sure that no other version is given one of these published numbers, once theirs are removed.

        Where the storage cannot be written, which a service that only predicts need not do, nothing is recorded.
        """
        highest = max(numbers, default=0)
        if highest <= self._recorded.get(model, 0):
            return
        try:
            record_number(self.storage, model)
        except OSError as error:
            _log.warning("numbers of versions cannot be recorded", model=model, reason=str(error))
        self._recorded[model] = highest

    def fault(self, model: str, version: int) -> str | None:
        """Return why a version is broken; None while no fault is known."""
        fault = self._faults.get((model, version))
        return None if fault is None else fault.reason

    @contextmanager
    def recording_faults(self, model: str, version: int) -> Generator[None]:
        """Record `CorruptData` and `NotFound` from reading or loading a version as its fault, and raise them again."""
        stamp = self._stamp(model, version)  # before the files are read, since they may change during the read
        try:
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

    def remembered(self) -> set[str]:
        """Return the models that have cached entries."""
        return {model for model, _ in [*self._seen, *self._faults]}

    def forget(self, gone: Collection[str]) -> None:
        """Drop the cached entries of models that are no longer published."""
        for memory in (self._seen, self._faults):
            for key in [key for key in [*memory] if key[0] in gone]:
                memory.pop(key, None)
        for model in gone:
            self._recorded.pop(model, None)
