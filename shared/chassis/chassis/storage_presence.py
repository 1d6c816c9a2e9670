"""Tells a storage that has gone away: a mount that drops leaves an empty folder in its place, or none.

A job in that folder would publish there, and its result would be hidden once the mount is back. A listing does not show it, since
a new storage is empty, too; the mount point does.
"""

from __future__ import annotations

import os
from pathlib import Path

from contracts.errors import StorageUnavailable

__all__ = ["StoragePresence"]


class StoragePresence:
    """Remembers where a local storage was mounted when it was looked at last. Remote stores answer or fail by themselves.

    A storage that was never there is not missed: the first job makes its folder. Safe to use from any thread.
    """

    def __init__(self, uri: str) -> None:
        self._root = None if "://" in uri else Path(uri).absolute()
        self._last: tuple[Path, Path] | None = None
        """The folder without symbolic links, and its mount point."""

    def require(self) -> None:
        """Raise `StorageUnavailable` if the storage was there at an earlier look and is not now."""
        fault = self.fault()
        if fault is not None:
            raise fault

    def fault(self) -> StorageUnavailable | None:
        """Return what `require` raises; None while the storage is there."""
        if self._root is None:
            return None
        try:
            present = _resolved(self._root)
        except OSError as error:
            return StorageUnavailable(
                f"the storage cannot be read: {error}. Check that it is mounted; then start the job again"
            )
        last = self._last
        if present is None:
            if last is None:
                return None
            return StorageUnavailable(
                f"the storage is gone: there is no folder {self._root}. Mount it, or make the folder if it was removed on "
                "purpose; then start the job again"
            )
        if last is not None and last[0] == present[0] and len(last[1].parts) > len(present[1].parts):
            return StorageUnavailable(
                f"the storage is gone: nothing is mounted on {last[1]} any more. Mount it; then start the job again"
            )
        self._last = present
        return None


def _resolved(root: Path) -> tuple[Path, Path] | None:
    """Return a folder without symbolic links and the mount point above it; None if it does not exist. Raises `OSError`."""
    try:
        root.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    folder = root.resolve()
    return folder, next(path for path in (folder, *folder.parents) if os.path.ismount(path))
