"""Lowers the scheduling priority of an engine, so that the service's replies do not wait for its jobs.

What the engine starts (threads, a JVM, its Python workers) inherits it. Work that waits for a reply of the service wakes up a
few hundred times a second for less than a millisecond, and has to run at once; a job can use the rest.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

__all__ = ["lower_priority"]

_GROUP = Path("/proc/self/autogroup")
_ATTEMPTS = 5
_SECONDS_BETWEEN_ATTEMPTS = 0.15
"""The kernel takes one change in a tenth of a second, of all users together."""


def lower_priority(niceness: int, group: Path = _GROUP) -> None:
    """Give this process the niceness, which it can only raise, and make it a batch process; 0: do nothing.

    Where Linux groups processes by session (`sched_autogroup_enabled`), niceness orders processes within one session alone,
    and the engine has one of its own: the session's niceness is raised as well. What the system does not allow or does not have
    is left out.
    """
    if niceness <= 0:
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    _raise_of_session(niceness, group)


def _raise_of_session(niceness: int, group: Path) -> None:
    for _ in range(_ATTEMPTS):
        try:
            group.write_text(f"{niceness}\n")
        except BlockingIOError:
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)
        except OSError:
            return
        else:
            return
