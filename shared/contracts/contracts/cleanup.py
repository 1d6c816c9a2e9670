"""What killed writers leave in a storage, and its removal. Only names that Tandem itself gives are ever removed.

{root}/{name}/{job}-{attempt}/      an attempt's data; published once the manifest beside it names it
.{job}-{attempt}/                   the same, in a folder where others look
.{name}.{random}                    a file on its way in, or a folder on its way out: see `storage`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage

_ATTEMPT = re.compile(r"([0-9a-f]{32})-\d+")
_PASSING = re.compile(r"\..+\.[0-9a-f]{12}")


class CleanupPolicy(Protocol):
    """Says what may go. Times are seconds since the epoch."""

    def is_old(self, changed: float) -> bool:
        """Whether what changed last at that time is old enough to be nobody's."""
        ...

    def may_go(self, job_id: str, changed: float) -> bool:
        """Whether what a job left unpublished may be removed. To be asked before looking what is published."""
        ...


def sweep_attempts(storage: Storage, root: str, published: Callable[[str], str], policy: CleanupPolicy) -> list[str]:
    """Remove from every `{root}/{name}` the attempts that are not published, and what is hidden. Returns the paths that went.

    `published(name)`: the name of the published attempt's folder; raises `NotFound` where there is none, and `CorruptData` where
    it cannot be read, and then nothing is removed.
    """
    gone = sweep_hidden(storage, root, policy)
    for name in storage.folders(root):
        folder = f"{root}/{name}"
        here = sweep_hidden(storage, folder, policy)
        for found in storage.folders(folder):
            path, attempt = f"{folder}/{found}", _ATTEMPT.fullmatch(found)
            if attempt and policy.may_go(attempt[1], storage.changed(path)) and _is_unpublished(found, name, published):
                storage.delete(path)
                here.append(path)
        if here:
            storage.delete_empty_folder(folder)
        gone += here
    return gone


def _is_unpublished(folder: str, name: str, published: Callable[[str], str]) -> bool:
    try:
        return folder != published(name)
    except NotFound:
        return True
    except CorruptData:
        return False


def sweep_hidden(storage: Storage, folder: str, policy: CleanupPolicy) -> list[str]:
    """Remove hidden files and folders of ours that lie directly in a folder. Returns the paths that went."""
    gone: list[str] = []
    for name in storage.hidden(folder):
        path, attempt = f"{folder}/{name}", _ATTEMPT.fullmatch(name[1:])
        if attempt:
            goes = policy.may_go(attempt[1], storage.changed(path))
        else:
            goes = _PASSING.fullmatch(name) is not None and policy.is_old(storage.changed(path))
        if goes:
            storage.delete(path)
            gone.append(path)
    return gone
