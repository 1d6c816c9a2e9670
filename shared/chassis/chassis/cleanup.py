"""When to remove what killed processes left half-written. What and where is declared by the service's job kinds.

A job's own leftovers go when it ends. This is for those whose job nobody ends any more: its table is gone, or the service was
killed between the two.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from chassis.jobs.client_store import JobClientStore
from chassis.lasting_thread import LastingThread
from contracts.errors import NotFound

__all__ = ["JobCleanupPolicy", "Sweeper"]

_SECONDS_BETWEEN_SWEEPS = 86_400.0
_SECONDS_TO_THE_NEXT_TRY = 5.0

_log = structlog.get_logger(module=__name__)


class JobCleanupPolicy:
    """Decides by the job table, and by age where it does not know a job: see `contracts.cleanup.CleanupPolicy`.

    `hours`: the age past which leftovers of unknown jobs may be removed.
    """

    def __init__(self, store: JobClientStore, hours: float) -> None:
        self._store = store
        self._oldest = time.time() - 3600 * hours

    def is_old(self, changed: float) -> bool:
        """Return True if the last change (seconds since the epoch) is older than the age limit."""
        return changed < self._oldest

    def may_go(self, job_id: str, changed: float) -> bool:
        """Return True if what a job left unpublished may be removed.

        At once when the job is done, never before that; by age when the job is unknown here. Call it before looking at what
        is published: a finished job publishes nothing more.
        """
        try:
            return self._store.get(job_id).done
        except NotFound:
            return self.is_old(changed)


class Sweeper(LastingThread):
    """Calls `sweep` at once and then once a day, on a thread of its own, until `stop`. It returns the paths that it removed.

    Once `soon` is set, or a sweep fails, it sweeps again in seconds, and from then on with twice the pause each time.
    """

    def __init__(
        self,
        sweep: Callable[[JobCleanupPolicy], list[str]],
        store: JobClientStore,
        hours: float,
        soon: threading.Event | None = None,
    ) -> None:
        self._sweep = sweep
        self._store = store
        self._hours = hours
        self._soon = soon or threading.Event()
        self._pause = _SECONDS_BETWEEN_SWEEPS
        self._stopped = threading.Event()
        super().__init__("sweeper", self._sweep_once, self._stopped)

    def _sweep_once(self) -> None:
        try:
            for gone in self._sweep(JobCleanupPolicy(self._store, self._hours)):
                _log.info("removed leftovers", path=gone)
        except Exception:  # noqa: BLE001 - storage or database may be out of reach now
            _log.exception("sweep failed")
            if self._pause >= _SECONDS_BETWEEN_SWEEPS:
                self._pause = _SECONDS_TO_THE_NEXT_TRY / 2
        self._pause = min(2 * self._pause, _SECONDS_BETWEEN_SWEEPS)
        if self._soon.wait(self._pause) and not self._stopped.is_set():
            self._soon.clear()
            self._pause = _SECONDS_TO_THE_NEXT_TRY / 2
            self._stopped.wait(_SECONDS_TO_THE_NEXT_TRY)

    def stop(self) -> None:
        """Stop sweeping. Does not wait for a running sweep, which can be interrupted anywhere."""
        self._stopped.set()
        self._soon.set()
