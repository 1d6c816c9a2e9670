"""Lets coroutines sleep until some thread says that a job has changed. A missed ring costs a second, never an event."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator

__all__ = ["Bell", "Listener"]


class Listener:
    """One sleeper's ear: remembers a ring until it is asked."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the next ring since the last call, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
        self._rung.clear()

    def ring(self) -> None:
        """Wake the sleeper. From any thread; harmless once its loop has closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._rung.set)


class Bell:
    """Rings for those who listen to one job, and for everyone once the service winds down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}
        self.closed = False

    @contextlib.contextmanager
    def listen(self, job_id: str) -> Generator[Listener]:
        """Listen to a job from a coroutine, until the block ends."""
        listener = Listener()
        with self._lock:
            self._listeners.setdefault(job_id, set()).add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                remaining = self._listeners[job_id]
                remaining.discard(listener)
                if not remaining:
                    del self._listeners[job_id]

    def ring(self, job_id: str) -> None:
        """Say that a job has changed."""
        with self._lock:
            listeners = list(self._listeners.get(job_id, ()))
        for listener in listeners:
            listener.ring()

    def close(self) -> None:
        """Wake everyone for the last time: streams end."""
        with self._lock:
            self.closed = True
            listeners = [each for group in self._listeners.values() for each in group]
        for listener in listeners:
            listener.ring()
