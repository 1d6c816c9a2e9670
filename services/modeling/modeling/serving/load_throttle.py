"""Throttle of background loads: they sleep between steps while predictions are requested.

Python runs one thread at a time, and a prediction needs the interpreter several times: on the event loop, on the thread that
computes, and on the event loop again. A load of a fifth of a second holds it for milliseconds at a time, so that a concurrent
reply takes ten times as long. Spread out, a load delays few replies, and hardly any of them twice. Many loads, as of a storage
full of new models, take a larger share together: else the last of them would answer after a quarter of an hour.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

_LONGEST_REST = 0.5
_NICENESS = 10
_LOADS_PER_SHARE = 10
"""Loads past which the share grows with their number: 200 that take a fifth of a second each are over within a minute."""


class LoadThrottle:
    """Throttle of one service's loads. `share`: the maximum share of the time of a few loads together, up to 1.

    `is_busy`: returns whether predictions are being requested.
    """

    def __init__(self, share: float = 1, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._share = share
        self.is_busy = is_busy
        self._hurry = threading.Event()
        self._in_a_hurry = 0
        self._lock = threading.Lock()
        self._side_by_side = 0

    @contextmanager
    def hurried(self) -> Generator[None]:
        """Lift the throttle within: a caller waits for the load."""
        with self._lock:
            self._in_a_hurry += 1
            self._hurry.set()
        try:
            yield
        finally:
            with self._lock:
                self._in_a_hurry -= 1
                if not self._in_a_hurry:
                    self._hurry.clear()

    @contextmanager
    def giving_way(self, loads: int = 1) -> Generator[None]:
        """Throttle this thread's load within, one of as many. Loads side by side have their share together."""
        token = _steps.set(_Steps(self, loads))
        with self._lock:
            self._side_by_side += 1
        try:
            yield
        finally:
            with self._lock:
                self._side_by_side -= 1
            _steps.reset(token)

    def rest(self, took: float, loads: int) -> None:
        """Sleep in proportion to the CPU time of a load's last step, while predictions are requested."""
        if self.is_busy():
            share = min(self._share * max(loads / _LOADS_PER_SHARE, 1), 1) / max(self._side_by_side, 1)
            self._hurry.wait(min(took / share - took, _LONGEST_REST))


class _Steps:
    """The steps of one thread's load."""

    def __init__(self, throttle: LoadThrottle, loads: int) -> None:
        self._throttle = throttle
        self._loads = loads
        self._worked = time.thread_time()

    def give_way(self) -> None:
        self._throttle.rest(time.thread_time() - self._worked, self._loads)
        self._worked = time.thread_time()


_steps: ContextVar[_Steps | None] = ContextVar("steps", default=None)


def lower_priority() -> None:
    """Lower the scheduling priority of this thread for good. Threads that it starts inherit it."""
    with suppress(OSError, AttributeError):  # not where threads have no priorities of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def give_way() -> None:
    """Call between two steps of a load: throttles the thread within `giving_way`, and no other."""
    steps = _steps.get()
    if steps is not None:
        steps.give_way()
