"""One service's job tables, for tests of both sides of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.job import Job
from chassis.jobs.worker_store import JobWorkerStore


@dataclass
class Tables:
    store: JobClientStore
    leases: JobWorkerStore
    changed: list[str]

    def claim(self, seconds: float = 60) -> Job:
        job = self.leases.claim("me", seconds)
        assert job is not None
        return job


def in_threads(count: int, work: Callable[[], object]) -> None:
    """Call `work` on several threads at once, and wait for all of them."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
