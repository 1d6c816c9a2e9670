from __future__ import annotations

from pathlib import Path

from chassis_live import Service
from tests.processes import wait_until_gone


def test_a_crash_takes_the_whole_family_along(service: Service, tmp_path: Path):
    job = service.finish(service.submit("crash_with_relatives", {"pids": str(tmp_path / "pids")}))
    assert job["state"] == "FAILED"
    assert "exit status 3" in job["error"]["detail"]
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 6
    wait_until_gone(pids)
