from __future__ import annotations

import time
from pathlib import Path

from chassis_live import Service, make_app, running


def test_a_job_succeeds(service: Service):
    reply = service.http.post("/v1/things", json={"kind": "square", "request": {"number": 7}, "resource": "squares/7"})
    assert reply.status_code == 202
    assert reply.headers["Location"] == f"/v1/jobs/{reply.json()['id']}"
    job = service.finish(reply.json()["id"])
    assert set(job) == {
        "id", "kind", "state", "done", "attempt", "createTime", "updateTime", "progress", "request", "response",
        "error", "links",
    }  # fmt: skip
    assert (job["state"], job["attempt"], job["error"]) == ("SUCCEEDED", 1, None)
    assert job["response"]["result"] == 49
    assert job["progress"] == {"phase": "square", "fraction": 1.0, "completedTasks": 2, "totalTasks": 2}
    assert job["links"]["resource"] == "/v1/squares/7"
    assert service.http.get(job["links"]["log"]).text.endswith("running square\n")


def test_numbers_that_are_not_finite_become_null(service: Service):
    job = service.finish(service.submit("not_finite"))
    assert job["response"]["result"][:3] == [None, None, {"deep": None}]
    assert job["progress"]["fraction"] == 1.0


def test_cancel_of_a_waiting_job_is_immediate(service: Service):
    running_job, waiting = service.submit("sleep"), service.submit("sleep")
    assert service.http.post(f"/v1/jobs/{waiting}:cancel").json()["state"] == "CANCELLED"
    service.http.post(f"/v1/jobs/{running_job}:cancel")
    assert service.finish(running_job)["state"] == "CANCELLED"


def test_cancel_of_a_finished_job_changes_nothing(service: Service):
    job = service.finish(service.submit("square", {"number": 2}))
    assert service.http.post(f"/v1/jobs/{job['id']}:cancel").json() == job


def test_the_service_answers_while_the_child_works(service: Service):
    job_id = service.submit("stubborn")
    service.wait_for(job_id, lambda job: job["state"] == "RUNNING")
    began = time.monotonic()
    for _ in range(20):
        assert service.http.get("/health/live").status_code == 200
    assert time.monotonic() - began < 10
    service.http.post(f"/v1/jobs/{job_id}:cancel")
    service.finish(job_id)


def test_a_shutdown_gives_the_job_back_without_blame(tmp_path: Path):
    with running(make_app(tmp_path, max_attempts=1)) as service:
        job_id = service.submit("stubborn")
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
    with running(make_app(tmp_path, max_attempts=1)) as service:
        job = service.wait_for(job_id, lambda job: job["state"] == "RUNNING")
        assert job["attempt"] == 2
        service.http.post(f"/v1/jobs/{job_id}:cancel")
        assert service.finish(job_id)["state"] == "CANCELLED"
