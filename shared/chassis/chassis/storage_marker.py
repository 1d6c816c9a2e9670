"""Tells a storage that is away from one that lost what it had: by a marker in one of its folders.

    {folder}/.tandem-storage      written once there is anything; while it is missing, nothing counts as removed

A mount that drops leaves an empty folder in its place, or none, or errors. A storage without a marker, as of an earlier release,
or where nothing can be written, answers as long as there is anything in the folder.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import structlog

from contracts.errors import StorageUnavailable
from contracts.storage import Storage

__all__ = ["StorageMarker", "marker_in"]

_MARKER_TEXT = b"""Tells the Tandem services that this is the storage, and not an empty folder in its place.
While this file is missing, they take nothing for removed.
"""
_SILENT_SECONDS = 30.0
"""Time after which a storage that has not answered counts as away."""

_log = structlog.get_logger(module=__name__)


def marker_in(folder: str) -> str:
    """Return the path of a folder's marker in the storage."""
    return f"{folder}/.tandem-storage"


class StorageMarker:
    """Judges by one of a storage's folders if the storage is there. Every method may be called from any thread.

    Parameters
    ----------
    folder
        The folder that holds the marker.
    advice
        A sentence for those whose request cannot be answered while the storage is away.
    writes
        Write the marker where it is missing.
    """

    def __init__(self, storage: Storage, folder: str, advice: str, *, writes: bool) -> None:
        self._storage = storage
        self._folder = folder
        self._marker = marker_in(folder)
        self._advice = advice
        self._writes = writes
        self._lock = threading.Lock()
        self._is_marked = self._is_warned = False
        self._reason: str | None = None
        self._asked: dict[object, float] = {}

    @property
    def silent(self) -> str | None:
        """Return a reason if the storage has not answered for so long that it counts as away."""
        now = time.monotonic()
        seconds = now - min([*self._asked.values()], default=now)
        return f"it has not answered for {seconds:.0f} seconds" if seconds > _SILENT_SECONDS else None

    @property
    def away(self) -> str | None:
        """Return why the storage counted as away when it was looked at last; None if it answered."""
        return self.silent or self._reason

    @property
    def is_marked(self) -> bool:
        """Return whether the marker was there when it was looked for last."""
        return self._is_marked

    def look(self, *, is_known: bool) -> str | None:
        """Look whether the storage is there; return why it counts as away, None if it answers.

        `is_known`: whether anything was ever in the folder, so that an empty one tells of a storage that is away.
        """
        try:
            with self.asking():
                reason = self._missing(is_known=is_known)
        except OSError as error:
            reason = f"it cannot be read: {error}"
        self.note(reason)
        return reason

    def _missing(self, *, is_known: bool) -> str | None:
        if self._storage.exists(self._marker):
            self._is_marked = True
            return None
        if not is_known:
            return None
        if self._is_marked:
            return f"its file {self._marker} is missing"
        return None if self._storage.folders(self._folder) else f"its folder {self._folder} is empty or missing"

    @contextmanager
    def asking(self) -> Generator[None]:
        """Measure how long the storage takes to answer within."""
        key = object()
        self._asked[key] = time.monotonic()
        try:
            yield
        finally:
            self._asked.pop(key, None)

    def mark(self) -> None:
        """Write the marker if it is missing from a storage that holds something, and lacks nothing that was known."""
        self._is_marked = self._storage.exists(self._marker)
        if self._is_marked or not self._writes:
            return
        try:
            self._storage.write(self._marker, _MARKER_TEXT)
        except OSError as error:
            if not self._is_warned:
                self._is_warned = True
                _log.warning("the storage's marker cannot be written", path=self._marker, reason=str(error))
        else:
            self._is_marked = True

    def note(self, reason: str | None) -> None:
        """Remember why the storage is away, or with None that it is there, and log a change."""
        with self._lock:
            before, self._reason = self._reason, reason
        if reason != before:
            if reason is not None:
                _log.warning("the storage is away", reason=reason)
            elif before is not None:
                _log.info("the storage is back")

    def error(self, reason: str) -> StorageUnavailable:
        """Return the error for what cannot be done while the storage is away."""
        return StorageUnavailable(f"the storage is away: {reason}. {self._advice}")
