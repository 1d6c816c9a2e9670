"""The end of a job is counted and tidied up after, and a storage that is away keeps it from neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chassis_engines import AnyRequest

from chassis.jobs.endings import Endings
from chassis.jobs.job import Job, Progress
from chassis.jobs.kinds import JobKind, JobKinds
from chassis.settings import ServiceSettings
from chassis.storage_presence import StoragePresence
from contracts.messages.jobs import State

JOB = Job("a", "x", State.SUCCEEDED, 2, 1, 0.0, 0.0, 0.0, Progress(), {})


@pytest.fixture
def storage(tmp_path: Path) -> StoragePresence:
    folder = tmp_path / "storage"
    folder.mkdir()
    presence = StoragePresence(str(folder))
    presence.require()
    return presence


def endings(calls: list[str], storage: StoragePresence, *, is_away: bool = False) -> Endings:
    def settle(_settings: Any, job: Job) -> None:
        calls.append(f"settle up to {job.attempt}")
        if is_away:
            raise OSError("storage is away")

    kind = JobKind("x", AnyRequest, "none:none", settle=settle, tidy_up=lambda _settings, _job: calls.append("tidy up"))
    return Endings(JobKinds(kind), ServiceSettings(port=0), storage, lambda job: calls.append(f"count {job.state}"))


def test_a_job_that_has_ended_is_counted_settled_and_tidied_up_after(storage: StoragePresence) -> None:
    calls: list[str] = []
    endings(calls, storage).ended(JOB)
    assert calls == ["count SUCCEEDED", "settle up to 2", "tidy up"]


def test_of_an_attempt_that_lost_its_job_only_what_it_wrote_goes(storage: StoragePresence) -> None:
    calls: list[str] = []
    endings(calls, storage).lost(JOB)
    assert calls == ["settle up to 2"]


def test_a_storage_that_is_away_raises_nowhere(storage: StoragePresence) -> None:
    calls: list[str] = []
    away = endings(calls, storage, is_away=True)
    away.ended(JOB)
    away.lost(JOB)
    assert calls == ["count SUCCEEDED", "settle up to 2", "settle up to 2"]


def test_after_a_storage_that_dropped_the_sweep_comes_soon(storage: StoragePresence, tmp_path: Path) -> None:
    """What was to be removed would not be found, and stay once the storage is back."""
    calls: list[str] = []
    ended = endings(calls, storage)
    ended.ended(JOB)
    assert not ended.leftovers.is_set()
    (tmp_path / "storage").rename(tmp_path / "away")
    ended.tidy_up(JOB)
    assert ended.leftovers.is_set()
    assert calls == ["count SUCCEEDED", "settle up to 2", "tidy up"]
