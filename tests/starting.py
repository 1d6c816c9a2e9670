"""Waiting for programs that start: as long as they get on, however slow the machine is, and no longer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx
import psutil

STANDSTILL_SECONDS = 60.0
"""Time without progress after which a program is given up."""
_SHARE_OF_A_CORE = 0.05
"""Of the time since the last progress: a program that only answers whether it is ready uses less."""
_LONGEST_SECONDS = 1800.0

_Value = TypeVar("_Value")


class NotStarted(RuntimeError):
    """A program ended, or stood still, before it was ready. Says so with the end of its log."""


def wait_for_start(
    process: subprocess.Popen[bytes],
    look: Callable[[], tuple[_Value | None, object]],
    log: Path | None = None,
    *,
    standstill: float = STANDSTILL_SECONDS,
    pause: float = 0.1,
) -> _Value:
    """Return the first value that `look` returns, once it is true. Raises `NotStarted`.

    `look` also returns the phase that the program is in. Progress is another phase, a longer log, and processor time of the
    program or of those that it started.
    """
    began = moved = time.monotonic()
    seen: tuple[object, int] | None = None
    used = 0.0
    while True:
        value, phase = look()
        if value:
            return value
        if process.poll() is not None:
            raise NotStarted(f"{_name(process)} ended with exit code {process.returncode}{_end_of(log)}")
        now = time.monotonic()
        present, time_used = (phase, _size(log)), _processor_seconds(process.pid)
        if present != seen or time_used - used > max(_SHARE_OF_A_CORE * (now - moved), 0.05):
            moved, seen, used = now, present, time_used
        if now - moved > standstill or now - began > _LONGEST_SECONDS:
            raise NotStarted(f"{_name(process)} stood still for {now - moved:.0f} s, in phase {phase!r}{_end_of(log)}")
        time.sleep(pause)


def readiness(url: str, *, with_engine: bool = False) -> tuple[bool, object]:
    """Return whether a service is ready, and the checks of its readiness. `with_engine`: only once its engine is warm."""
    try:
        reply = httpx.get(f"{url}/health/ready", timeout=10, trust_env=False)
    except httpx.TransportError:
        return False, "no reply"
    checks = reply.json()["checks"]
    return reply.is_success and (not with_engine or checks.get("engine", "ready") == "ready"), checks


def _processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants, with that of those that they waited for."""
    seconds = 0.0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error):
                times = process.cpu_times()
                seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def _size(log: Path | None) -> int:
    with suppress(OSError):
        return 0 if log is None else log.stat().st_size
    return 0


def _end_of(log: Path | None) -> str:
    with suppress(OSError):
        return "" if log is None else f": {log.read_text(errors='replace')[-3000:]}"
    return ""


def _name(process: subprocess.Popen[bytes]) -> str:
    words = process.args if isinstance(process.args, list | tuple) else [process.args]
    return " ".join(str(word) for word in words[:3])
