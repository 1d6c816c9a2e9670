"""Notes of changes in an object store: one empty object per model, so that one listing shows which models have changed.

    model-changes/{model}~{random}      written after each publication and each change of labels, in place of those before it

A look at every version costs requests per version. The names alone of the notes are compared, which no two changes share. A note
that was not written, as by a process that died before it, is made up for by a look at everything, from time to time. On a local
file system looks are cheap, and there are no notes.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress

import structlog

from contracts.errors import NotFound
from contracts.storage import Storage

FOLDER = "model-changes"
_SEPARATOR = "~"
"""No model's name has it."""

_log = structlog.get_logger(__name__)


def note_change(storage: Storage, model: str) -> None:
    """Write that a model has changed, for all services that look at this object store; do nothing on a local file system.

    A store that takes no note now is logged, no error: what was changed is there nevertheless.
    """
    if storage.local_path() is not None:
        return
    try:
        before = [name for name in storage.files(FOLDER) if _model(name) == model]
        storage.write(f"{FOLDER}/{model}{_SEPARATOR}{secrets.token_hex(8)}", b"")
        for name in before:
            with suppress(NotFound):  # another writer was faster
                storage.delete_file(f"{FOLDER}/{name}")
    except OSError as error:
        _log.warning("a change could not be noted; others see it later", model=model, reason=str(error))


class ChangeNotes:
    """The notes as they were seen last."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._seen: frozenset[str] = frozenset()
        self._listed: frozenset[str] = frozenset()
        self._looked_at_all = float("-inf")

    def look(self, rescan_seconds: float) -> set[str] | None:
        """Return the models that have changed since `settle`; None where everything is to be looked at.

        That is on a local file system, at first, `rescan_seconds` after the last time, and in a store that does not answer or
        lacks the notes of models that had some.
        """
        if self._storage.local_path() is not None:
            return None
        try:
            self._listed = frozenset(self._storage.files(FOLDER))
        except OSError:
            return None
        before, now = set(map(_model, self._seen)), set(map(_model, self._listed))
        if time.monotonic() - self._looked_at_all >= rescan_seconds or not before <= now:
            return None
        return set(map(_model, self._listed - self._seen))

    def settle(self, *, looked_at_all: bool) -> None:
        """Remember the notes of the last look: what they stand for was looked at."""
        self._seen = self._listed
        if looked_at_all:
            self._looked_at_all = time.monotonic()


def _model(name: str) -> str:
    return name.partition(_SEPARATOR)[0]
