from __future__ import annotations

import time
from pathlib import Path

import pytest
from chassis_live import Service, make_app, running


def test_a_crash_costs_one_attempt(service: Service):
    job = service.finish(service.submit("crash", {"crashes": 1}))
    assert (job["state"], job["attempt"]) == ("SUCCEEDED", 2)


def test_too_many_crashes_fail_the_job(service: Service):
    job = service.finish(service.submit("crash", {"crashes": 99}))
    assert (job["state"], job["attempt"], job["response"]) == ("FAILED", 3, None)
    assert job["error"]["status"] == 500
    assert "3 times" in job["error"]["detail"]
    assert "SIGKILL" in job["error"]["detail"]
    assert job["error"]["instance"] == job["links"]["self"]


def test_a_domain_error_fails_the_job_at_once_and_keeps_its_pointer(service: Service):
    job = service.finish(service.submit("bad_value"))
    assert (job["state"], job["attempt"]) == ("FAILED", 1)
    assert job["error"] == {
        "type": "urn:problem-type:tandem:unparsable-value",
        "title": "Unparsable value",
        "status": 422,
        "detail": "line 7: not a number. Received: 'x'",
        "instance": job["links"]["self"],
        "errors": [{"pointer": "/features/a~1b", "detail": "line 7: not a number. Received: 'x'"}],
    }


@pytest.mark.parametrize("kind", ["bug", "no_dict", "no_such_kind"])
def test_a_fault_shows_its_cause_in_the_log_alone(service: Service, kind: str):
    job = service.finish(service.submit(kind))
    assert (job["state"], job["attempt"], job["error"]["status"]) == ("FAILED", 1, 500)
    assert job["links"]["log"] in job["error"]["detail"]
    assert "secret" not in job["error"]["detail"]
    assert "Traceback" in service.http.get(job["links"]["log"]).text


@pytest.mark.parametrize("kind", ["sleep", "callback", "stubborn", "frozen"])
def test_cancel_ends_a_running_job_within_five_seconds(service: Service, kind: str):
    job_id = service.submit(kind, resource="things/cancelled")
    service.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
    began = time.monotonic()
    asked = service.http.post(f"/v1/jobs/{job_id}:cancel").json()
    assert asked["state"] in {"CANCEL_PENDING", "CANCELLED"}
    job = service.finish(job_id)
    assert time.monotonic() - began < 5
    assert (job["state"], job["response"], job["error"]["title"]) == ("CANCELLED", None, "Cancelled")
    assert service.finish(service.submit("square", {"number": 3}, resource="things/cancelled"))["state"] == "SUCCEEDED"


@pytest.mark.parametrize("kind", ["sleep", "callback", "stubborn", "frozen"])
def test_a_job_fails_once_its_timeout_is_over(service: Service, kind: str):
    began = time.monotonic()
    job = service.finish(service.submit(kind, resource="things/late", timeout=0.5))
    assert 0.4 < time.monotonic() - began < 5
    assert (job["state"], job["attempt"], job["response"]) == ("FAILED", 1, None)
    assert (job["error"]["title"], job["error"]["instance"]) == ("Deadline exceeded", job["links"]["self"])
    assert job["error"]["errors"][0]["pointer"] == "/timeout"
    assert "timeout of 0.5 seconds" in job["error"]["detail"]
    assert "'sleep'" in job["error"]["detail"]
    after = service.finish(service.submit("square", {"number": 3}, resource="things/late", timeout=60))
    assert after["state"] == "SUCCEEDED"


def test_a_timeout_keeps_a_job_from_publishing(service: Service, tmp_path: Path):
    job_id = service.submit("publish", {"file": str(tmp_path / "out"), "seconds": 0.8}, timeout=0.4)
    assert service.finish(job_id)["error"]["title"] == "Deadline exceeded"
    time.sleep(0.6)
    assert not (tmp_path / "out").exists()


def test_a_timeout_behind_the_fence_is_too_late(service: Service, tmp_path: Path):
    job = service.finish(service.submit("publish", {"file": str(tmp_path / "out"), "after": 1.5}, timeout=0.7))
    assert job["state"] == "SUCCEEDED"


def test_attempts_share_one_timeout(tmp_path: Path):
    with running(make_app(tmp_path)) as service:
        job_id = service.submit("stubborn", timeout=2)
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
        time.sleep(1)
    with running(make_app(tmp_path)) as service:
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
        began = time.monotonic()
        job = service.finish(job_id)
        assert (job["attempt"], job["error"]["title"]) == (2, "Deadline exceeded")
        assert time.monotonic() - began < 1.6, "what is left of the two seconds, and the grace"


def test_cancel_behind_the_fence_is_too_late(service: Service, tmp_path: Path):
    job_id = service.submit("publish", {"file": str(tmp_path / "out"), "after": 3})
    deadline = time.monotonic() + 60
    while not (tmp_path / "out").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert service.http.post(f"/v1/jobs/{job_id}:cancel").json()["state"] == "RUNNING"
    assert service.finish(job_id)["state"] == "SUCCEEDED"


def test_files_that_are_gone_while_they_are_published_are_a_fault_of_the_storage(service: Service):
    """Nobody has taken this job over: else the attempt would not hold it any more."""
    job = service.finish(service.submit("lose"))
    assert (job["state"], job["attempt"], job["error"]["status"]) == ("FAILED", 1, 503)
    assert job["error"]["type"] == "urn:problem-type:tandem:storage-unavailable"
    assert "start the job again once the storage is back" in job["error"]["detail"]


def test_no_job_works_in_the_place_of_a_storage_that_dropped(tmp_path: Path):
    storage, out = tmp_path / "storage", tmp_path / "out"
    storage.mkdir()
    with running(make_app(tmp_path, storage=str(storage))) as service:
        job_id = service.submit("publish", {"file": str(out), "seconds": 0.5})
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "work")
        storage.rename(tmp_path / "away")
        for job in (service.finish(job_id), service.finish(service.submit("publish", {"file": str(out)}))):
            assert (job["state"], job["attempt"], job["error"]["status"]) == ("FAILED", 1, 503)
            assert "the storage" in job["error"]["detail"]
        assert not out.exists()
        (tmp_path / "away").rename(storage)
        assert service.finish(service.submit("publish", {"file": str(out)}))["state"] == "SUCCEEDED"
        assert out.read_text() == "attempt 1\n"


def test_the_end_of_a_job_that_may_have_published_waits_for_the_storage(tmp_path: Path):
    """And is no crash meanwhile, however long it takes."""
    storage = tmp_path / "storage"
    storage.mkdir()
    app = make_app(tmp_path, storage=str(storage), lease_seconds=1, heartbeat_seconds=0.2)
    with running(app) as service:
        job_id = service.submit("lose", {"away": str(storage)})
        service.wait_for(job_id, lambda _: not storage.exists())
        time.sleep(1.3)
        assert service.job(job_id)["state"] == "RUNNING"
        (tmp_path / "storage-away").rename(storage)
        job = service.finish(job_id)
        assert (job["state"], job["attempt"], job["error"]["status"]) == ("FAILED", 1, 503)
