from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from chassis_live import make_app, running

from chassis.engine.priority import lower_priority

SHOW = """
import json, os, subprocess, sys
from pathlib import Path
from chassis.engine.priority import lower_priority
lower_priority(int(sys.argv[1]), Path(sys.argv[2]))
ask = "import json, os; print(json.dumps([os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0) == os.SCHED_BATCH]))"
print(subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True, text=True).stdout)
"""


def lowered(niceness: int, group: Path) -> tuple[int, bool]:
    """Niceness and policy of a process started by one with lowered priority."""
    command = [sys.executable, "-c", SHOW, str(niceness), str(group)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return tuple(json.loads(done.stdout))


@pytest.mark.parametrize("niceness", [1, 10, 19])
def test_children_inherit_it_and_the_session_gets_it(niceness: int, tmp_path: Path):
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert lowered(niceness, tmp_path / "autogroup") == (max(niceness, before), True)
    assert (tmp_path / "autogroup").read_text() == f"{niceness}\n"


def test_none_is_as_before(tmp_path: Path):
    assert lowered(0, tmp_path / "autogroup") == (os.getpriority(os.PRIO_PROCESS, 0), False)
    assert not (tmp_path / "autogroup").exists()


def test_a_system_without_groups_of_sessions_is_no_fault(tmp_path: Path):
    assert lowered(5, tmp_path / "none" / "autogroup")[1] is True


def test_a_busy_kernel_is_asked_again(tmp_path: Path):
    class Busy(type(tmp_path)):
        refusals = 2

        def write_text(self, data: str, *args: object, **kwargs: object) -> int:
            Busy.refusals -= 1
            if Busy.refusals >= 0:
                raise BlockingIOError
            return super().write_text(data)

    before = os.getpriority(os.PRIO_PROCESS, 0)
    if before >= 19:
        pytest.skip("this process has the lowest priority already")
    group = Busy(tmp_path / "autogroup")
    pid = os.fork()
    if not pid:  # in a process of its own, since priorities are only ever lowered
        lower_priority(19, group)
        os._exit(0)
    os.waitpid(pid, 0)
    assert (tmp_path / "autogroup").read_text() == "19\n"


@pytest.mark.parametrize("niceness", [0, 7])
def test_a_services_engine_has_the_niceness_of_the_setting(niceness: int, tmp_path: Path):
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with running(make_app(tmp_path, engine_niceness=niceness)) as service:
        job = service.finish(service.submit("priority"))
        assert job["response"]["result"]["niceness"] == max(niceness, before)
        assert os.getpriority(os.PRIO_PROCESS, 0) == before, "the service itself keeps its own"
        if niceness and Path("/proc/self/autogroup").exists():
            assert job["response"]["result"]["session"].endswith(f"nice {niceness}\n")
            assert not Path("/proc/self/autogroup").read_text().endswith(f"nice {niceness}\n")
