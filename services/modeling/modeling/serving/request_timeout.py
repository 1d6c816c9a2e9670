"""Timeout of a prediction: the seconds in the client's header `X-Request-Timeout`, up to the service's own limit.

It is kept in the context of the request, so that protocols need not pass it on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextvars import ContextVar

from contracts.errors import InvalidRequest

HEADER = "X-Request-Timeout"
_HEADER = HEADER.lower().encode()

allowed_seconds: ContextVar[float | None] = ContextVar("allowed_seconds", default=None)
"""The timeout of this request's client; None without the header."""


def read_header(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Return the timeout in a request's headers, in seconds. Raises `InvalidRequest` unless it is a positive number."""
    for name, value in headers:
        if name == _HEADER:
            return _seconds(value.decode("latin-1"))
    return None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (seconds > 0 and math.isfinite(seconds)):
        raise InvalidRequest(f"{HEADER} must be a positive number of seconds. Received: {text[:60]!r}")
    return seconds
