from __future__ import annotations

import time
from pathlib import Path

from chassis_live import Service


def test_a_crash_takes_the_whole_family_along(service: Service, tmp_path: Path):
    job = service.finish(service.submit("crash_with_relatives", {"pids": str(tmp_path / "pids")}))
    assert job["state"] == "FAILED"
    assert "exit status 3" in job["error"]["detail"]
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 6
    wait_until_gone(pids)


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
