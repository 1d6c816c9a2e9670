"""Requests a second of each caller, limited by the generic cell rate algorithm (ITU-T I.371): one number for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["RequestQuota"]

_BURST_SECONDS = 1.0
_REMEMBERED = 10_000


class RequestQuota:
    """Counts requests by caller. A caller who was silent may send a second's worth at once, at least one.

    `rate`: requests a second. `clock`: seconds, which never go back.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1.0 / rate
        self._burst = max(_BURST_SECONDS, self._interval)
        self._clock = clock
        self._due: dict[str, float] = {}
        """When the next request of a caller would come if all had come evenly."""
        self._lock = threading.Lock()

    def wait(self, caller: str) -> float:
        """Count a request of a caller and return 0, or return the seconds after which one is admitted, and count nothing."""
        with self._lock:
            now = self._clock()
            due = max(self._due.get(caller, now), now)
            if due - now > self._burst - self._interval * (1 - 1e-9):
                return due - now - (self._burst - self._interval)
            if len(self._due) >= _REMEMBERED and caller not in self._due:
                self._due = {name: then for name, then in self._due.items() if then > now}
            self._due[caller] = due + self._interval
            return 0.0
