"""Notifies coroutines when a thread has changed a job. A missed notification costs a second, never an event."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator

__all__ = ["JobNotifications", "Subscription"]


class Subscription:
    """One waiting coroutine: remembers a notification until `wait` returns it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._notified = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the first notification since the last call, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._notified.wait(), seconds)
        self._notified.clear()

    def notify(self) -> None:
        """Wake the coroutine. From any thread; harmless once its loop has closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._notified.set)


class JobNotifications:
    """Notifies the subscribers of one job when it changes, and all of them once the service shuts down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: dict[str, set[Subscription]] = {}
        self.closed = False

    @contextlib.contextmanager
    def subscribe(self, job_id: str) -> Generator[Subscription]:
        """Subscribe a coroutine to a job until the block ends."""
        subscription = Subscription()
        with self._lock:
            self._subscriptions.setdefault(job_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            with self._lock:
                remaining = self._subscriptions[job_id]
                remaining.discard(subscription)
                if not remaining:
                    del self._subscriptions[job_id]

    def notify(self, job_id: str) -> None:
        """Notify the subscribers of a job that has changed."""
        with self._lock:
            subscriptions = list(self._subscriptions.get(job_id, ()))
        for subscription in subscriptions:
            subscription.notify()

    def close(self) -> None:
        """Notify every subscriber for the last time: event streams end."""
        with self._lock:
            self.closed = True
            subscriptions = [subscription for of_job in self._subscriptions.values() for subscription in of_job]
        for subscription in subscriptions:
            subscription.notify()
