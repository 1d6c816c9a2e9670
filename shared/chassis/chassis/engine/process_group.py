"""Ends a whole family of processes: the group, and those that left the group but not the session (Spark's Python daemon does)."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

__all__ = ["end_session", "session_members"]


def session_members(leader: int) -> list[int]:
    """List the live processes of the session that `leader` began, without zombies. Empty where there is no /proc."""
    members: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _parent, _group, session, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(session) == leader and state not in "ZX":
                members.append(int(entry.name))
    return members


def end_session(leader: int, *, spare: int | None = None) -> None:
    """SIGKILL every process of a session but `spare`, again and again until none is left that could fork another.

    The leader must not have been reaped yet, so that its number cannot have passed to a stranger.
    """
    for _ in range(100):
        members = [pid for pid in session_members(leader) if pid != spare]
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not members:
            break
        time.sleep(0.01)
    if spare is None:  # all there is to do where /proc is missing
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
