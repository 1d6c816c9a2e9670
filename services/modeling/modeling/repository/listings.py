"""Listings of the published versions that tell a storage which is away from one whose versions were removed.

    models/.tandem-storage      a marker, written once; while it is missing, nothing counts as removed

What a listing lacks of the one before it is removed only if the storage answers: see `chassis.storage_marker`. Until then the
listing before it holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from chassis.storage_marker import StorageMarker, marker_in
from contracts.errors import NotFound, StorageUnavailable
from contracts.storage import FileStamp, Storage
from modeling.repository.folders import MODELS, all_manifest_stamps, manifest_stamps
from modeling.repository.labels import Labels, read_labels

Published = Mapping[int, FileStamp]
"""The stamps of the manifests of a model's published versions, by ascending number: one listing of the storage."""

MARKER = marker_in(MODELS)
_ADVICE = "Loaded versions go on answering"

_Listing = TypeVar("_Listing")


class Listings:
    """The last listing of a storage, which stays valid while the storage is away. From any thread.

    `writes`: write the marker where it is missing.
    """

    def __init__(self, storage: Storage, *, writes: bool) -> None:
        self._storage = storage
        self._marker = StorageMarker(storage, MODELS, _ADVICE, writes=writes)
        self._published: dict[str, Published] = {}
        self._labels: dict[str, Labels] = {}
        self._lock = threading.Lock()

    @property
    def away(self) -> str | None:
        """Return why the storage counted as away when it was looked at last; None if it answered."""
        return self._marker.away

    def look(self) -> str | None:
        """Look whether the storage is there; return why it counts as away, None if it answers."""
        return self._marker.look(is_known=bool(self._published))

    def require(self) -> None:
        """Raise `StorageUnavailable` while the storage is away."""
        reason = self.look()
        if reason is not None:
            raise self.away_error(reason)

    def away_error(self, reason: str) -> StorageUnavailable:
        """Return the error for what cannot be done while the storage is away."""
        return self._marker.error(reason)

    def models(self) -> dict[str, Published]:
        """List the published versions of every model that has one. Raises `OSError` if nothing was ever listed."""
        known = self._published
        with self._marker.asking():
            listed = self._confirmed(lambda: all_manifest_stamps(self._storage), known or None, _lacks_versions)
        if listed is not known:
            with self._lock:
                self._published = listed
            self._marker.note(None)
            if listed:
                self._marker.mark()
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
                self._marker.note(f"it cannot be read: {error}")
                if known is None:
                    raise
                return known
            if listed is not None and (known is None or not lacks(known, listed)):
                return listed
            if known is not None and self.look() is not None:
                return known
        return look() if listed is None else listed


def _lacks(known: Published, listed: Published) -> bool:
    return not known.keys() <= listed.keys()


def _lacks_versions(known: Mapping[str, Published], listed: Mapping[str, Published]) -> bool:
    return any(_lacks(versions, listed.get(model, {})) for model, versions in known.items())
