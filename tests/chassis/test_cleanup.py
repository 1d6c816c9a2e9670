from __future__ import annotations

import time
from pathlib import Path

from chassis_live import make_app, running

from contracts.cleanup import CleanupPolicy


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
