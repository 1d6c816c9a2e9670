from __future__ import annotations

import subprocess
import sys

from tests.processes import wait_until

from chassis.jobs import lease_owner


def test_an_owner_is_gone_once_its_process_is():
    code = "from chassis.jobs.lease_owner import this_process; print(this_process(), flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    other = process.stdout.readline().strip()
    assert not lease_owner.is_gone(other)
    process.kill()
    wait_until(lambda: lease_owner.is_gone(other))  # also while it is a zombie, not yet waited for
    process.communicate()
    assert lease_owner.is_gone(other)


def test_an_owner_elsewhere_is_never_said_to_be_gone():
    assert not lease_owner.is_gone(lease_owner.this_process())
    assert not lease_owner.is_gone("elsewhere:1:1")
    assert not lease_owner.is_gone("")
    assert not lease_owner.is_gone(lease_owner.this_process().split(":")[0] + ":x:y")
