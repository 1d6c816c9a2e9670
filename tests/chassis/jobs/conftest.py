"""The job tables on a real SQLite file, and on a real server of PostgreSQL: the fixture of both sides' tests."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from chassis_tables import Tables

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from chassis.jobs.job import Job
from chassis.jobs.worker_store import JobWorkerStore


@pytest.fixture(params=["sqlite", "postgresql"])
def tables(tmp_path: Path, request: pytest.FixtureRequest) -> Generator[Tables]:
    changed: list[str] = []
    url = f"sqlite:///{tmp_path / 'deep' / 'jobs.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").url

    def settle(job: Job) -> dict[str, Any] | None:
        tables.settled.append((job.id, job.attempt))
        return tables.published.get(job.id)

    database = JobDatabase(f"test_{uuid.uuid4().hex[:8]}", url, on_change=changed.append, settle=settle)
    database.create()
    database.create()  # a second start finds them there
    tables = Tables(JobClientStore(database), JobWorkerStore(database), changed)
    yield tables
    database.close()
