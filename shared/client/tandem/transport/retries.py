"""When a request is sent again, and after how long: decided by its outcome alone, so that both clients decide alike."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from tandem.errors import TimedOut, Unreachable, checked
from tandem.transport.service_call import ServiceRequest

Outcome = httpx.Response | httpx.TransportError

_REFUSED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
"""Nothing was done: any request may be repeated."""
_LOST = {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}
"""Something may have been done: only a repeatable request is repeated."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True)
class Timing:
    """Timeouts in seconds, and the pauses between attempts.

    `total` bounds a call with all of its attempts; None does not. `attempts` counts the first one, too. The pause doubles with
    each attempt from `first_pause` on; a service's `Retry-After` goes before it, unless it exceeds `longest_pause`.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float | None = None
    attempts: int = 4
    first_pause: float = 0.25
    longest_pause: float = 30.0


class Attempts:
    """The attempts of one request. The clock starts when it is made."""

    def __init__(self, request: ServiceRequest, timing: Timing, address: str) -> None:
        self._request = request
        self._timing = timing
        self._address = address
        self._made = 0
        self._deadline = None if timing.total is None else time.monotonic() + timing.total

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the total timeout, at least a millisecond; None without one."""
        return None if self._deadline is None else max(0.001, self._deadline - time.monotonic())

    def timeout(self) -> httpx.Timeout:
        """Return the timeouts of the next attempt."""
        read = self._request.read_seconds or self._timing.read
        left = self.seconds_left
        connect, read = (seconds if left is None else min(seconds, left) for seconds in (self._timing.connect, read))
        return httpx.Timeout(read, connect=connect)

    def check(self) -> None:
        """Raise `httpx.ReadTimeout` once the total timeout has passed."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise httpx.ReadTimeout(f"the total timeout is {self._timing.total:g} s")

    def pause_after(self, outcome: Outcome) -> float | None:
        """Return the seconds until the next attempt; None if this outcome is the last."""
        self._made += 1
        limit = self._timing.attempts if self._request.attempts is None else self._request.attempts
        if self._made >= limit or not self._is_repeated(outcome):
            return None
        pause = self._pause(outcome)
        left = self.seconds_left
        return None if pause is None or (left is not None and pause >= left) else pause

    def reply(self, outcome: Outcome) -> httpx.Response:
        """Return the last outcome if it is a success. Raises `Problem`, `Unreachable`, and `TimedOut` otherwise."""
        if isinstance(outcome, httpx.Response):
            return checked(outcome)
        reason = f" ({outcome})" if str(outcome) else ""
        service = self._request.service
        if isinstance(outcome, httpx.TimeoutException) and not isinstance(outcome, _NOT_SENT):
            raise TimedOut(f"{service} at {self._address} has not answered in time{reason}") from outcome
        raise Unreachable(f"{service} does not answer at {self._address}{reason}") from outcome

    def _is_repeated(self, outcome: Outcome) -> bool:
        if isinstance(outcome, httpx.Response):
            status = outcome.status_code
            return status in _REFUSED or (status in _LOST and self._request.repeatable)
        if isinstance(outcome, _NOT_SENT):
            return True
        # A reply that takes too long is not asked for again: the service would do the work twice.
        return self._request.repeatable and isinstance(outcome, httpx.NetworkError | httpx.RemoteProtocolError)

    def _pause(self, outcome: Outcome) -> float | None:
        asked = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if asked is not None and asked > self._timing.longest_pause:
            return None
        grown = min(self._timing.first_pause * 2 ** (self._made - 1), self._timing.longest_pause)
        spread = random.uniform(0.5, 1.0) * grown  # clients that failed together do not come back together
        return spread if asked is None else asked + spread


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of `Retry-After`, which is a number or a date (RFC 9110); None without a valid one."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
