"""Throttle of background loads: they sleep between steps while predictions are requested.

Python runs one thread at a time, and a prediction needs the interpreter several times: on the event loop, on the thread that
computes, and on the event loop again. A load of a fifth of a second holds it for milliseconds at a time, so that a concurrent
reply takes ten times as long. Spread out, a load delays few replies, and hardly any of them twice.
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


class LoadThrottle:
    """Throttle of one service's loads. `share`: their maximum share of the time, up to 1.

    `is_busy`: returns whether predictions are being requested.
    """

    def __init__(self, share: float = 1, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._share = share
        self.is_busy = is_busy
        self._hurry = threading.Event()
        self._in_a_hurry = 0
        self._lock = threading.Lock()
        self._worked = 0.0

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
    def giving_way(self) -> Generator[None]:
        """Throttle this thread's loads within."""
        self._worked = time.thread_time()
        token = _throttle.set(self)
        try:
            yield
        finally:
            _throttle.reset(token)

    def give_way(self) -> None:
        """Sleep in proportion to the CPU time of the last step, while predictions are requested."""
        took = time.thread_time() - self._worked
        if self.is_busy():
            self._hurry.wait(min(took / self._share - took, _LONGEST_REST))
        self._worked = time.thread_time()


_throttle: ContextVar[LoadThrottle | None] = ContextVar("throttle", default=None)


def lower_priority() -> None:
    """Lower the scheduling priority of this thread for good. Threads that it starts inherit it."""
    with suppress(OSError, AttributeError):  # not where threads have no priorities of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def give_way() -> None:
    """Call between two steps of a load: throttles the thread within `giving_way`, and no other."""
    throttle = _throttle.get()
    if throttle is not None:
        throttle.give_way()
