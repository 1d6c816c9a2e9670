"""Waiting for other processes, and those that run below a process, seen while some of them come and go."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import psutil

_Value = TypeVar("_Value")


def wait_until(condition: Callable[[], _Value | None], seconds: float = 240, *, pause: float = 0.05) -> _Value:
    """Return what `condition` returns, once that is true. `seconds`: after which the test fails."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited for {seconds} s in vain"
        time.sleep(pause)
    return value


def wait_until_gone(pids: Sequence[int], seconds: float = 30) -> None:
    """Wait until none of the processes runs (a zombie does not)."""
    wait_until(lambda: not any(map(_runs, pids)), seconds)


def _runs(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    return False


def descendants(of: int | None = None, word: str = "") -> list[psutil.Process]:
    """What process `of` (this one) started, itself or through others, that still runs and whose command line holds `word`.

    Parents go before their children. What ends while one looks is passed over.
    """
    found: list[psutil.Process] = []
    with suppress(psutil.Error):
        for child in psutil.Process(of).children(recursive=True):
            with suppress(psutil.Error):  # a zombie has no command line either
                if word in " ".join(child.cmdline()):
                    found.append(child)
    return found
