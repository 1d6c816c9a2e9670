"""Listings of the published versions that tell a storage which is away from one whose versions were removed.

    models/.tandem-storage      a marker, written once; while it is missing, nothing counts as removed

A mount that drops leaves an empty folder in its place, or none, or errors. So what a listing lacks of the one before it
is removed only if the storage answers: if its marker is there. Until then the listing before it holds. A storage without
a marker, as of an earlier release, or where nothing can be written, answers as long as there is anything in `models`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import structlog

from contracts.errors import NotFound, StorageUnavailable
from contracts.storage import FileStamp, Storage
from modeling.repository.folders import MODELS, manifest_stamps
from modeling.repository.labels import Labels, read_labels

_log = structlog.get_logger(__name__)

Published = Mapping[int, FileStamp]
"""The stamps of the manifests of a model's published versions, by ascending number: one listing of the storage."""

MARKER = f"{MODELS}/.tandem-storage"
_MARKER_TEXT = b"""Tells the Tandem services that this is the storage, and not an empty folder in its place.
While this file is missing, they take no model and no version for removed.
"""
_SILENT_SECONDS = 30.0
"""Time after which a storage that has not answered a listing counts as away."""

_Listing = TypeVar("_Listing")


class Listings:
    """The last listing of a storage, which stays valid while the storage is away. From any thread.

    `writes`: write the marker where it is missing.
    """

    def __init__(self, storage: Storage, *, writes: bool) -> None:
        self._storage = storage
        self._writes = writes
        self._published: dict[str, Published] = {}
        self._labels: dict[str, Labels] = {}
        self._lock = threading.Lock()
        self._is_marked = self._is_warned = False
        self._reason: str | None = None
        self._asked: float | None = None

    @property
    def away(self) -> str | None:
        """Return why the storage counted as away when it was looked at last; None if it answered."""
        asked = self._asked
        if asked is not None and time.monotonic() - asked > _SILENT_SECONDS:
            return f"it has not answered for {time.monotonic() - asked:.0f} seconds"
        return self._reason

    def look(self) -> str | None:
        """Look whether the storage is there; return why it counts as away, None if it answers."""
        try:
            reason = self._missing()
        except OSError as error:
            reason = f"it cannot be read: {error}"
        self._note(reason)
        return reason

    def require(self) -> None:
        """Raise `StorageUnavailable` while the storage is away."""
        reason = self.look()
        if reason is not None:
            raise away_error(reason)

    def models(self) -> dict[str, Published]:
        """List the published versions of every model that has one. Raises `OSError` if nothing was ever listed."""
        known = self._published
        self._asked = time.monotonic()
        try:
            listed = self._confirmed(self._list_models, known or None, _lacks_versions)
        finally:
            self._asked = None
        if listed is not known:
            with self._lock:
                self._published = listed
            self._note(None)
            self._mark(listed)
        return dict(listed)

    def published(self, model: str) -> Published:
        """List the published versions of a model; empty for an unknown one. Raises `OSError` if it was never listed."""
        known = self._published.get(model)
        listed = self._confirmed(lambda: manifest_stamps(self._storage, model), known, _lacks)
        if listed is not known and listed != (known or {}):
            with self._lock:
                others = {name: versions for name, versions in self._published.items() if name != model}
                self._published = {**others, model: listed} if listed else others
        return listed

    def labels(self, model: str, known: Labels | None = None) -> Labels:
        """Return the present labels of a model; `known` is returned unread if it is still the present state."""
        last = self._labels.get(model)
        listed = self._confirmed(
            lambda: read_labels(self._storage, model, known), last, lambda last, listed: listed.revision < last.revision
        )
        if listed is not last:
            with self._lock:
                self._labels = {**self._labels, model: listed}
        return listed

    def forget(self, gone: Collection[str]) -> None:
        """Drop the labels of models that are no longer published."""
        with self._lock:
            self._labels = {model: labels for model, labels in self._labels.items() if model not in gone}

    def _confirmed(
        self, look: Callable[[], _Listing], known: _Listing | None, lacks: Callable[[_Listing, _Listing], bool]
    ) -> _Listing:
        """Return what `look` lists, or what was known where that lacks something while the storage is away.

        Once the storage answers, what was lacking is looked for again: it may have come back since.
        """
        listed = None
        for _ in range(2):
            try:
                listed = look()
            except NotFound:  # a file was removed after it was listed
                if known is None:
                    raise
                listed = None
            except OSError as error:
                self._note(f"it cannot be read: {error}")
                if known is None:
                    raise
                return known
            if listed is not None and (known is None or not lacks(known, listed)):
                return listed
            if known is not None and self.look() is not None:
                return known
        return look() if listed is None else listed

    def _list_models(self) -> dict[str, Published]:
        listed = {name: manifest_stamps(self._storage, name) for name in self._storage.folders(MODELS)}
        return {name: published for name, published in listed.items() if published}

    def _missing(self) -> str | None:
        if self._storage.exists(MARKER):
            self._is_marked = True
            return None
        if not self._published:
            return None
        if self._is_marked:
            return f"its file {MARKER} is missing"
        return None if self._storage.folders(MODELS) else f"its folder {MODELS} is empty or missing"

    def _mark(self, listed: Mapping[str, Published]) -> None:
        """Write the marker if it is missing from a storage that holds versions, and lacks none that was known."""
        self._is_marked = self._storage.exists(MARKER)
        if self._is_marked or not listed or not self._writes:
            return
        try:
            self._storage.write(MARKER, _MARKER_TEXT)
        except OSError as error:
            if not self._is_warned:
                self._is_warned = True
                _log.warning("the storage's marker cannot be written", path=MARKER, reason=str(error))
        else:
            self._is_marked = True

    def _note(self, reason: str | None) -> None:
        if reason != self._reason:
            before, self._reason = self._reason, reason
            if reason is not None:
                _log.warning("the storage is away; loaded versions answer on", reason=reason)
            elif before is not None:
                _log.info("the storage is back")


def away_error(reason: str) -> StorageUnavailable:
    """Return the error for what cannot be done while the storage is away."""
    return StorageUnavailable(f"the storage is away: {reason}. Loaded versions go on answering")


def _lacks(known: Published, listed: Published) -> bool:
    return not known.keys() <= listed.keys()


def _lacks_versions(known: Mapping[str, Published], listed: Mapping[str, Published]) -> bool:
    return any(_lacks(versions, listed.get(model, {})) for model, versions in known.items())
