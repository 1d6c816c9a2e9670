"""Leases: how long an attempt is trusted to be alive, by a clock that nobody sets where there is one machine.

On one machine (SQLite) this is the time since its boot, which counts sleep and does not jump when its clock
is set. It means something only to processes of the same boot: after another one, and where several machines share the table, the
time of day decides.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Row

__all__ = ["Now", "is_over", "lease_values", "now_on_this_machine", "seconds_of_attempt", "start_values"]


@dataclass(frozen=True, slots=True)
class Now:
    """One moment: the time of day, and the time of a steady clock, `clock`, where there is one."""

    wall: float
    steady: float = 0.0
    clock: str | None = None


def now_on_this_machine() -> Now:
    """Return the present moment by this machine's clocks."""
    clock = _steady_clock()
    return Now(time.time()) if clock is None else Now(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), clock)


@cache
def _steady_clock() -> str | None:
    """Return which clock CLOCK_BOOTTIME is, for processes to know that they read the same one; None where it is missing."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError):
        return None
    try:
        namespace = str(Path("/proc/self/ns/time").readlink())
    except OSError:
        namespace = ""
    return f"{boot}/{namespace}"


def start_values(now: Now) -> dict[str, Any]:
    """Return the columns that note when an attempt begins."""
    return {"start_time": now.wall, "start_steady": now.steady}


def lease_values(now: Now, seconds: float) -> dict[str, Any]:
    """Return the columns of a lease that ends after `seconds`."""
    return {"lease_until": now.wall + seconds, "lease_steady": now.steady + seconds, "clock": now.clock}


def is_over(row: Row[Any], now: Now) -> bool:
    """Return whether the lease of a held job has run out."""
    if _same_clock(row, now):
        return row.lease_steady < now.steady
    return row.lease_until < now.wall


def seconds_of_attempt(row: Row[Any], now: Now) -> float:
    """Return the seconds that the present attempt has run; of a lost one, at most to the end of its lease."""
    if _same_clock(row, now) and row.start_steady is not None:
        return max(min(now.steady, row.lease_steady) - row.start_steady, 0.0)
    return max(min(now.wall, row.lease_until) - row.start_time, 0.0)


def _same_clock(row: Row[Any], now: Now) -> bool:
    return now.clock is not None and row.clock == now.clock
