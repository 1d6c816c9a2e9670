"""One service's job tables, for tests of both sides of them."""

from __future__ import annotations

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
