"""The end of a job, or of an attempt, in this process: it is counted, and its leftovers are removed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from chassis.jobs.job import Job
from chassis.jobs.kinds import JobKinds
from chassis.problems import problem_of
from chassis.settings import ServiceSettings
from chassis.storage_presence import StoragePresence
from contracts.errors import StorageFull, StorageUnavailable

__all__ = ["Endings"]

_log = structlog.get_logger(module=__name__)


class Endings:
    """No method raises: where the storage is away, the sweep removes the leftovers. `count` is called with each ended job."""

    def __init__(
        self, kinds: JobKinds, settings: ServiceSettings, storage: StoragePresence, count: Callable[[Job], None]
    ) -> None:
        self._kinds = kinds
        self._settings = settings
        self.storage = storage
        self._count = count
        self.leftovers = threading.Event()
        """Set once something may be left that could not be removed, or not be seen: the sweep is due soon."""

    def ended(self, job: Job) -> None:
        """Count a job that has ended, and tidy up."""
        self._count(job)
        self.tidy_up(job)
        if _is_of_storage(job):  # a storage that was away shows what the job left only once it is back
            self.leftovers.set()

    def tidy_up(self, job: Job) -> None:
        """Remove what a job left that has ended."""
        try:
            self.storage.require()
            self._kinds.tidy_up(self._settings, job)
        except Exception:  # noqa: BLE001 - see above
            _log.warning("what a job left could not be removed", job=job.id, exc_info=True)
            self.leftovers.set()

    def lost(self, job: Job) -> None:
        """Remove what an attempt left that holds its job no more; nothing of later attempts."""
        try:
            self.storage.require()
            self._kinds.settle(self._settings, job)
        except Exception:  # noqa: BLE001 - see above
            _log.warning("what an attempt left could not be removed", job=job.id, attempt=job.attempt, exc_info=True)
            self.leftovers.set()


def _is_of_storage(job: Job) -> bool:
    """Return whether a job failed because files could not be read or written."""
    kinds = {problem_of(kind()).type for kind in (StorageFull, StorageUnavailable)}
    return job.error is not None and job.error.get("type") in kinds
