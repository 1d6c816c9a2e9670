"""The owner of a lease, written so that another process on the same machine can detect that it has ended.

An owner is `host:pid:start`. The host part names the machine, its boot and the PID namespace, so that a process in another
container is never taken for dead: where nothing can be proved, the lease has to run out.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

__all__ = ["is_gone", "this_process"]


@cache
def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot}/{namespace}".replace(":", "-")


def _start_time(pid: int) -> str | None:
    """Return the clock tick at which a process began, None when it has ended; a zombie has."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def this_process() -> str:
    """Return the owner that this process writes into its leases."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_start_time(pid) or 0}"


def is_gone(owner: str) -> bool:
    """Return True if the owner provably ended; False when it runs, and when that cannot be known from here."""
    host, _, rest = owner.partition(":")
    pid, _, start = rest.partition(":")
    if host != _host() or not pid.isdigit() or not Path("/proc/self/stat").exists():
        return False
    return _start_time(int(pid)) != start
