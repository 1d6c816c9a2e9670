"""Keeps an engine's process from outliving its service, and its relatives from outliving it.

The child forks right after its start. The first half stays behind as the reaper: it leads the session and does nothing
but wait. When the engine ends, it reports the exit status over the pipe; when the service ends in any way, the pipe closes.
In both cases it kills the rest of the session. The engine may sit in native code for minutes and could not do this itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
from typing import NoReturn

from chassis.engine.process_group import end_session

__all__ = ["continue_under_reaper"]

_PR_SET_PDEATHSIG = 1


def continue_under_reaper(commands: int, replies: int) -> None:
    """Fork; return in the new process only. Must be called before any thread is started.

    `commands` is the pipe whose writing end the service holds, `replies` the one to the service.
    """
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, _ignore)  # not SIG_IGN: that would neither wake nor leave a status
    reaper = os.getpid()
    engine = os.fork()
    if engine:
        _keep(engine, commands, replies, wake_read)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(wake_read)
    os.close(wake_write)
    _die_with_parent(reaper)


def _ignore(_signal: int, _frame: object) -> None:
    pass


def _keep(engine: int, commands: int, replies: int, wake: int) -> NoReturn:
    poll = select.poll()
    poll.register(commands, 0)  # only its hang-up is of interest: the engine reads the commands
    poll.register(wake, select.POLLIN)
    ended, status = 0, 0
    while not ended:
        hung_up = any(fd == commands for fd, _ in poll.poll())
        with contextlib.suppress(BlockingIOError):
            os.read(wake, 64) if not hung_up else None
        ended, status = os.waitpid(engine, os.WNOHANG)
        if hung_up:
            break
    if ended:
        line = "\n" + json.dumps({"say": "exit", "status": os.waitstatus_to_exitcode(status)}) + "\n"
        with contextlib.suppress(OSError):
            os.write(replies, line.encode())
    end_session(os.getpid(), spare=os.getpid())
    os._exit(0)


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
