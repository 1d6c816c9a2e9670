"""A job's changes as server-sent events, resumed after a broken connection.

Each event's data is the whole job, so that a reader may skip events; the last id is sent back as `Last-Event-ID`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
from httpx_sse import EventSource

from tandem.errors import Unreachable, checked

SILENCE_SECONDS = 60.0
"""Read timeout: a stream without any data for this long, not even a keep-alive comment, counts as broken."""
ATTEMPTS = 8
"""Consecutive connections that may break without an event."""
PAUSE_SECONDS = 0.25
"""Initial pause before reconnecting; doubled for each connection without an event, up to 5 seconds."""


def follow(http: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """Yield the job at `path` after each change until it is done, reconnecting as needed.

    Raises `Problem` for an error reply, `Unreachable` after `ATTEMPTS` connections without an event.
    """
    last = ""
    broken = 0
    while broken < ATTEMPTS:
        try:
            for event_id, job in _connection(http, path, last):
                last, broken = event_id or last, 0
                yield job
                if job["done"]:
                    return
        except httpx.TransportError:
            pass  # the service restarts, or the connection dropped: the events so far stay valid
        broken += 1
        time.sleep(min(PAUSE_SECONDS * 2**broken, 5.0))
    raise Unreachable(f"lost the connection to {http.base_url} while following {path}")


def _connection(http: httpx.Client, path: str, last: str) -> Iterator[tuple[str, dict[str, Any]]]:
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store", **({"Last-Event-ID": last} if last else {})}
    timeout = httpx.Timeout(10.0, read=SILENCE_SECONDS)
    with http.stream("GET", f"{path}/events", headers=headers, timeout=timeout) as response:
        if not response.is_success:
            response.read()
        checked(response)
        for event in EventSource(response).iter_sse():
            if event.data:
                yield event.id, event.json()
