"""Decide for good whether an attempt has published, and remove the files of one that has not."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable

from contracts.attempts.publish import restore, revoke
from contracts.errors import StorageUnavailable
from contracts.storage import Storage


def attempt_name(job: str, attempt: int) -> str:
    """Return the name of an attempt's folder."""
    return f"{job}-{attempt}"


def settle_attempts(storage: Storage, parent: str, job: str, last: int, published: Callable[[], str | None]) -> None:
    """Revoke and remove the unpublished attempts of a job in `parent`, up to attempt `last`. Safe to call twice.

    `published` returns the name of the published attempt's folder. A later attempt, which may be at work, is not touched; nor is
    another job's.
    """
    for name in storage.folders(parent):
        if _number(name, job) <= last:
            discard_attempt(storage, parent, name, published)
    for name in storage.hidden(parent):
        if _number(name[1:].partition(".")[0], job) <= last:
            _remove_rest(storage, f"{parent}/{name}")
    storage.delete_empty_folder(parent)


def require_storage(storage: Storage, root: str) -> None:
    """Raise `StorageUnavailable` if a folder is missing that a job has written to and nothing removes: a mount has dropped."""
    local = storage.local_path(root)
    if local is not None and not local.exists():
        raise StorageUnavailable(
            f"the storage has no folder {root!r}, as when a mount drops. Check that it is mounted; then try again"
        )


def _number(name: str, job: str) -> float:
    """Return the number of a job's attempt by its folder's name; infinite for another name."""
    number = name.removeprefix(f"{job}-")
    return int(number) if number != name and number.isdecimal() else math.inf


def _remove_rest(storage: Storage, path: str) -> None:
    """Remove a folder that `Storage.delete_folder` has hidden, of a process that was killed while it removed the files."""
    local = storage.local_path(path)
    if local is not None:
        shutil.rmtree(local, ignore_errors=True)


def discard_attempt(storage: Storage, parent: str, name: str, published: Callable[[], str | None]) -> bool:
    """Revoke an attempt's publication, and remove its folder unless it has published. Return whether it was removed."""
    folder = f"{parent}/{name}"
    if published() != name:
        revoke(storage, folder)
        if published() != name:
            storage.delete_folder(folder)
            return True
    restore(storage, folder)
    return False
