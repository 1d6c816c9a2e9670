"""Jobs through the client: wait, cancel, pages."""

from __future__ import annotations

import pytest
from tests.client.scripted import DATASET, FAILURE, Script, a_request

from tandem import (
    JobCancelled,
    JobFailed,
    Rejected,
    Tandem,
)


def test_wait_returns_the_job_that_succeeded(client: Tandem) -> None:
    job = client.wait(client.create_dataset(a_request()))
    assert (job.state, job.response) == ("SUCCEEDED", DATASET)


def test_follow_shows_each_change_in_order(client: Tandem) -> None:
    phases = [job.progress.phase for job in client.follow(client.create_dataset(a_request()))]
    assert phases == ["queued", "plan", "analyze", "publish"]


def test_a_cancelled_job_raises(client: Tandem) -> None:
    job = client.cancel(client.create_dataset(a_request()))
    assert job.state == "CANCEL_PENDING"
    with pytest.raises(JobCancelled):
        client.wait(job)


def test_a_failed_job_raises_with_its_problem(client: Tandem, service: Script) -> None:
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    with pytest.raises(JobFailed) as caught:
        client.wait(client.create_dataset(a_request()))
    assert isinstance(caught.value.problem, Rejected)
    assert caught.value.problem.detail == FAILURE["detail"]
    assert "  /features/distance: is not numeric" in caught.value.lines


def test_jobs_come_page_by_page(client: Tandem) -> None:
    for _ in range(5):
        client.create_dataset(a_request())
    assert [job.id for job in client.jobs("preprocessing")] == [f"dataset-{number}" for number in (4, 3, 2, 1, 0)]
    assert len(client.jobs("preprocessing", limit=3)) == 3
