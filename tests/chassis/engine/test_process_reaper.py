from __future__ import annotations

from pathlib import Path

import psutil
from chassis_live import make_app, running
from tests.processes import wait_until_gone


def test_a_killed_keeper_costs_one_attempt(tmp_path: Path):
    with running(make_app(tmp_path)) as service:
        job_id = service.submit("publish", {"file": str(tmp_path / "out"), "seconds": 2})
        service.wait_for(job_id, lambda job: job["progress"]["phase"] == "work")
        reaper = max(psutil.Process().children(), key=psutil.Process.create_time)
        family = reaper.children()
        assert len(family) == 1
        reaper.kill()
        job = service.finish(job_id)
        assert (job["state"], job["attempt"]) == ("SUCCEEDED", 2)
        wait_until_gone([each.pid for each in family])
        assert (tmp_path / "out").read_text() == "attempt 2\n"
