"""The end of a job is counted and tidied up after, and a storage that is away keeps it from neither."""

from __future__ import annotations

from typing import Any

from chassis_engines import AnyRequest

from chassis.jobs.endings import Endings
from chassis.jobs.job import Job, Progress
from chassis.jobs.kinds import JobKind, JobKinds
from chassis.settings import ServiceSettings
from contracts.messages.jobs import State

JOB = Job("a", "x", State.SUCCEEDED, 2, 1, 0.0, 0.0, 0.0, Progress(), {})


def endings(calls: list[str], *, is_away: bool = False) -> Endings:
    def settle(_settings: Any, job: Job) -> None:
        calls.append(f"settle up to {job.attempt}")
        if is_away:
            raise OSError("storage is away")

    kind = JobKind("x", AnyRequest, "none:none", settle=settle, tidy_up=lambda _settings, _job: calls.append("tidy up"))
    return Endings(JobKinds(kind), ServiceSettings(port=0), lambda job: calls.append(f"count {job.state}"))


def test_a_job_that_has_ended_is_counted_settled_and_tidied_up_after() -> None:
    calls: list[str] = []
    endings(calls).ended(JOB)
    assert calls == ["count SUCCEEDED", "settle up to 2", "tidy up"]


def test_of_an_attempt_that_lost_its_job_only_what_it_wrote_goes() -> None:
    calls: list[str] = []
    endings(calls).lost(JOB)
    assert calls == ["settle up to 2"]


def test_a_storage_that_is_away_raises_nowhere() -> None:
    calls: list[str] = []
    away = endings(calls, is_away=True)
    away.ended(JOB)
    away.lost(JOB)
    assert calls == ["count SUCCEEDED", "settle up to 2", "settle up to 2"]
