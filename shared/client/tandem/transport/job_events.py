"""A job's changes as server-sent events, resumed after a broken connection.

Each event's data is the whole job, so that a reader may skip events; the last id is sent back as `Last-Event-ID`.
"""

from __future__ import annotations

from typing import Any

import httpx
from httpx_sse import EventSource, ServerSentEvent

from tandem.errors import Unreachable, checked
from tandem.messages import Job, ServiceName
from tandem.transport.service_call import path_of

SILENCE_SECONDS = 60.0
"""Read timeout: a stream without any data for this long, not even a keep-alive comment, counts as broken."""
ATTEMPTS = 8
"""Consecutive connections that may break without an event."""
PAUSE_SECONDS = 0.25
"""Initial pause before reconnecting; doubled for each connection without an event, up to 5 seconds."""


class Following:
    """The state of a job that is followed, whichever client reads its events."""

    def __init__(self, job: Job, address: str) -> None:
        self.done = False
        self.path = f"{path_of('jobs', job.id)}/events"
        self._service: ServiceName = job.service
        self._address = address
        self._last = ""
        self._broken = 0

    @property
    def options(self) -> dict[str, Any]:
        """Headers and timeout of the next connection."""
        resumed = {"Last-Event-ID": self._last} if self._last else {}
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store", **resumed}
        return {"headers": headers, "timeout": httpx.Timeout(10.0, read=SILENCE_SECONDS)}

    def source(self, response: httpx.Response) -> EventSource:
        """Return the response's events. Raises `Problem` for an error reply, whose body must have been read."""
        return EventSource(checked(response))

    def seen(self, event: ServerSentEvent) -> list[Job]:
        """Return the job that an event describes; none for a keep-alive."""
        if not event.data or self.done:
            return []
        self._last, self._broken = event.id or self._last, 0
        job = Job.of(self._service, event.json())
        self.done = job.done
        return [job]

    def pause(self) -> float:
        """Return the seconds until the next connection. Raises `Unreachable` after `ATTEMPTS` without an event."""
        self._broken += 1
        if self._broken >= ATTEMPTS:
            raise Unreachable(f"lost the connection to {self._address} while following {self.path.rpartition('/')[0]}")
        return min(PAUSE_SECONDS * 2**self._broken, 5.0)
