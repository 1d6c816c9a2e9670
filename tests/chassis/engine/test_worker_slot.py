from __future__ import annotations

import os
import time
from pathlib import Path

from chassis_live import Service, make_app, running


def test_the_child_stays_warm_between_jobs(service: Service):
    first, second = (service.finish(service.submit("square", {"number": n})) for n in (1, 2))
    assert first["response"]["pid"] == second["response"]["pid"] != os.getpid()


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
