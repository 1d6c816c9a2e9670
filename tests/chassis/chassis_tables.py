"""One service's job tables, for tests of both sides of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.job import Job
from chassis.jobs.worker_store import JobWorkerStore


@dataclass
class Tables:
    store: JobClientStore
    leases: JobWorkerStore
    changed: list[str]
    published: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What a storage holds: responses, by the job that has published."""
    settled: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Jobs and attempts up to which publication was revoked."""

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
