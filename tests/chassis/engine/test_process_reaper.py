from __future__ import annotations

import time
from pathlib import Path

import psutil
from chassis_live import make_app, running


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
