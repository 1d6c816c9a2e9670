"""Jobs in real child processes: what can go wrong, and that the job still ends as it should."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import psutil
import pytest
from chassis_live import Service, make_app, running

from contracts.cleanup import CleanupPolicy


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


def test_the_child_stays_warm_between_jobs(service: Service):
    first, second = (service.finish(service.submit("square", {"number": n})) for n in (1, 2))
    assert first["response"]["pid"] == second["response"]["pid"] != os.getpid()


def test_numbers_that_are_not_finite_become_null(service: Service):
    job = service.finish(service.submit("not_finite"))
    assert job["response"]["result"][:3] == [None, None, {"deep": None}]
    assert job["progress"]["fraction"] == 1.0


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


def test_of_a_long_log_the_first_and_the_last_part_are_kept(tmp_path: Path):
    with running(make_app(tmp_path, job_log_megabytes=1, max_body_bytes=10_000_000, max_finished_jobs=1)) as service:
        lines = "".join(f"line {number:07}\n" for number in range(200_000))
        job = service.finish(service.submit("echo", {"text": lines, "times": 3}))
        log = service.http.get(job["links"]["log"]).text
        assert 700_000 < len(log) < 1_100_000
        assert sum(path.stat().st_size for path in (tmp_path / "logs").glob(f"{job['id']}*")) <= 1 << 20
        assert log.splitlines()[2] == "line 0000000"
        assert log.endswith("line 0199999\n\n")
        (cut,) = re.findall(r"^--- ([\d,]+) bytes of this log were not kept ---$", log, re.MULTILINE)
        headline = log.index("line 0000000")
        whole = headline + 3 * len(lines) + 1
        assert int(cut.replace(",", "")) == whole - (
            len(log) - len(f"\n--- {cut} bytes of this log were not kept ---\n")
        )
        assert not re.search(r"^line \d{1,6}$", log, re.MULTILINE), "no line is cut in two"


def test_no_jobs_are_taken_where_none_are_run(tmp_path: Path):
    with running(make_app(tmp_path, jobs_at_once=0)) as service:
        assert service.http.get("/health/ready").status_code == 200
        reply = service.http.post("/v1/things", json={"kind": "square", "request": {"number": 7}})
        assert reply.status_code == 403
        assert "TANDEM_JOBS_AT_ONCE" in reply.json()["detail"]


def test_a_service_sweeps_when_it_starts_and_a_sweep_that_fails_does_no_harm(tmp_path: Path):
    told: list[list[bool]] = []

    def sweep(policy: CleanupPolicy) -> list[str]:
        day_old = time.time() - 86_400
        known = [policy.may_go(job_id, day_old) for job_id in (first, second)]
        told.append([*known, policy.may_go("0" * 32, day_old), policy.may_go("0" * 32, time.time())])
        raise OSError("the storage is away")

    with running(make_app(tmp_path, jobs_at_once=1)) as service:
        first = service.submit("square", {"number": 1})
        service.finish(first)
        second = service.submit("stubborn")
        service.wait_for(second, lambda job: job["progress"]["phase"] == "sleep")
    with running(make_app(tmp_path, sweep=sweep, leftovers_hours=23)) as service:
        service.wait_for(second, lambda job: job["state"] == "RUNNING" and bool(told))
        service.http.post(f"/v1/jobs/{second}:cancel")
        service.finish(second)
    assert told == [[True, False, True, False]]


def test_large_requests_responses_and_logs_get_through(tmp_path: Path):
    text = "0123456789" * 200_000
    with running(make_app(tmp_path, max_body_bytes=10_000_000, job_log_megabytes=64)) as service:
        job = service.finish(service.submit("echo", {"text": text, "times": 10}))
        assert job["response"]["result"] == text
        assert len(service.http.get(job["links"]["log"]).text) > 20_000_000


def test_a_killed_keeper_costs_one_attempt(tmp_path: Path):
    with running(make_app(tmp_path)) as service:
        job_id = service.submit("publish", {"file": str(tmp_path / "out"), "seconds": 2})
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "work")
        keeper = max(psutil.Process().children(), key=psutil.Process.create_time)
        family = keeper.children()
        assert len(family) == 1
        keeper.kill()
        job = service.finish(job_id)
        assert (job["state"], job["attempt"]) == ("SUCCEEDED", 2)
        wait_until_gone([each.pid for each in family])
        assert (tmp_path / "out").read_text() == "attempt 2\n"


def test_cancel_of_a_waiting_job_is_immediate(service: Service):
    running_job, waiting = service.submit("sleep"), service.submit("sleep")
    assert service.http.post(f"/v1/jobs/{waiting}:cancel").json()["state"] == "CANCELLED"
    service.http.post(f"/v1/jobs/{running_job}:cancel")
    assert service.finish(running_job)["state"] == "CANCELLED"


def test_cancel_of_a_finished_job_changes_nothing(service: Service):
    job = service.finish(service.submit("square", {"number": 2}))
    assert service.http.post(f"/v1/jobs/{job['id']}:cancel").json() == job


def test_cancel_behind_the_fence_is_too_late(service: Service, tmp_path: Path):
    job_id = service.submit("publish", {"file": str(tmp_path / "out"), "after": 3})
    deadline = time.monotonic() + 60
    while not (tmp_path / "out").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert service.http.post(f"/v1/jobs/{job_id}:cancel").json()["state"] == "RUNNING"
    assert service.finish(job_id)["state"] == "SUCCEEDED"


def test_a_crash_takes_the_whole_family_along(service: Service, tmp_path: Path):
    job = service.finish(service.submit("crash_with_relatives", {"pids": str(tmp_path / "pids")}))
    assert job["state"] == "FAILED"
    assert "exit status 3" in job["error"]["detail"]
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 6
    wait_until_gone(pids)


def test_the_service_answers_while_the_child_works(service: Service):
    job_id = service.submit("stubborn")
    service.wait_for(job_id, lambda job: job["state"] == "RUNNING")
    began = time.monotonic()
    for _ in range(20):
        assert service.http.get("/health/live").status_code == 200
    assert time.monotonic() - began < 10
    service.http.post(f"/v1/jobs/{job_id}:cancel")
    service.finish(job_id)


def test_jobs_run_side_by_side_and_an_idle_engine_that_dies_is_replaced(tmp_path: Path):
    with running(make_app(tmp_path, jobs_at_once=2)) as service:
        ids = [service.submit("sleep"), service.submit("sleep")]
        for job_id in ids:
            service.wait_for(job_id, lambda job: job["state"] == "RUNNING")
        for job_id in ids:
            service.http.post(f"/v1/jobs/{job_id}:cancel")
            service.finish(job_id)
        pid = service.finish(service.submit("square", {"number": 2}))["response"]["pid"]
        os.kill(pid, 9)
        assert service.finish(service.submit("square", {"number": 2}))["state"] == "SUCCEEDED"


def test_a_shutdown_gives_the_job_back_without_blame(tmp_path: Path):
    with running(make_app(tmp_path, max_attempts=1)) as service:
        job_id = service.submit("stubborn")
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
    with running(make_app(tmp_path, max_attempts=1)) as service:
        job = service.wait_for(job_id, lambda job: job["state"] == "RUNNING")
        assert job["attempt"] == 2
        service.http.post(f"/v1/jobs/{job_id}:cancel")
        assert service.finish(job_id)["state"] == "CANCELLED"


def test_an_engine_that_cannot_start_makes_the_service_unready(tmp_path: Path):
    with running(make_app(tmp_path, engine="chassis_engines:make_failing")) as service:
        job_id = service.submit("square", {"number": 1})
        deadline = time.monotonic() + 60
        while (reply := service.http.get("/health/ready")).status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert reply.status_code == 503
        assert reply.json()["checks"]["engine"] == "broken"
        assert service.job(job_id)["state"] == "PENDING"
    assert "no engine today" in (tmp_path / "logs" / "test-engine-0.log").read_text()


def wait_until_gone(pids: list[int], seconds: float = 30) -> None:
    """Until none of the processes runs (a zombie does not)."""
    deadline = time.monotonic() + seconds
    while alive := [pid for pid in pids if _runs(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
