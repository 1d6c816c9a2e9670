"""Removes the remains of killed writers from a storage. Only names in Tandem's own patterns are ever removed.

{root}/{name}/{job}-{attempt}/      an attempt's data; published once the manifest next to it names it
.{job}-{attempt}/                   an attempt's data, in a folder that other readers list
.{job}-{attempt}.{random}/          an attempt's data that is being removed
.{name}.{random}                    a file being written, or a folder being deleted: see `storage`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from contracts.attempts.settle import discard_attempt
from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage

_ATTEMPT = re.compile(r"([0-9a-f]{32})-\d+")
_HIDDEN_ATTEMPT = re.compile(rf"{_ATTEMPT.pattern}(?:\.[0-9a-f]{{12}})?")
_TEMPORARY_NAME = re.compile(r"\..+\.[0-9a-f]{12}")


class CleanupPolicy(Protocol):
    """Decides what may be removed. Times are seconds since the epoch."""

    def is_old(self, changed: float) -> bool:
        """Return true if a file last modified at that time is old enough to have no living writer."""
        ...

    def may_go(self, job_id: str, changed: float) -> bool:
        """Return true if a job's unpublished files may be removed. Call this before looking up the published attempt."""
        ...


def sweep_attempts(storage: Storage, root: str, published: Callable[[str], str], policy: CleanupPolicy) -> list[str]:
    """Remove the unpublished attempts and hidden leftovers from every `{root}/{name}`. Return the removed paths.

    `published(name)` returns the name of the published attempt's folder. It raises `NotFound` if there is none, and
    `CorruptData` if the manifest cannot be read: then no attempt of that name is removed.
    """
    gone = sweep_hidden(storage, root, policy)
    for name in storage.folders(root):
        folder = f"{root}/{name}"
        here = sweep_hidden(storage, folder, policy)
        for child in storage.folders(folder):
            path, attempt = f"{folder}/{child}", _ATTEMPT.fullmatch(child)
            if (
                attempt
                and policy.may_go(attempt[1], storage.changed(path))
                and _removed(storage, folder, child, published)
            ):
                here.append(path)
        if here:
            storage.delete_empty_folder(folder)
        gone += here
    return gone


def _removed(storage: Storage, folder: str, attempt: str, published: Callable[[str], str]) -> bool:
    """Remove an attempt unless it has published, or that cannot be known. Return whether it was removed."""

    def published_here() -> str | None:
        try:
            return published(folder.rpartition("/")[2])
        except NotFound:
            return None

    try:
        return discard_attempt(storage, folder, attempt, published_here)
    except CorruptData:
        return False


def sweep_hidden(storage: Storage, folder: str, policy: CleanupPolicy) -> list[str]:
    """Remove Tandem's hidden files and folders directly in a folder. Return the removed paths."""
    gone: list[str] = []
    for name in storage.hidden(folder):
        path, attempt = f"{folder}/{name}", _HIDDEN_ATTEMPT.fullmatch(name[1:])
        if attempt:
            goes = policy.may_go(attempt[1], storage.changed(path))
        else:
            goes = _TEMPORARY_NAME.fullmatch(name) is not None and policy.is_old(storage.changed(path))
        if goes:
            storage.delete(path)
            gone.append(path)
    return gone
