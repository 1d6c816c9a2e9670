"""Replies compressed with gzip where the client's `Accept-Encoding` prefers it (RFC 9110, section 12.5.3).

A reply stays as it is if it is short, compressed already, of a media type that hardly shrinks, a part of a file, or a stream of
events, which must not wait in a buffer. The compressed form has an entity tag of its own, `"…-gzip"`: a client sends it back
in `If-Match` or `If-None-Match`, where it means the same as the plain one.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CompressionMiddleware", "prefers_gzip"]

SHORTEST = 1024
"""Bytes of the shortest reply that is compressed."""

_LEVEL = 1
"""Of zlib: numbers in JSON shrink by a twentieth more with 6, which takes four times as long."""
_LARGE = 32 << 10
"""Bytes that take about half a millisecond to compress, which the event loop leaves to a thread."""
_GZIP_HEADER_AND_TRAILER = 31
"""Window size as zlib numbers it."""
_SHRINKING = {
    "application/javascript",
    "application/json",
    "application/jsonlines",
    "application/x-ndjson",
    "application/x-protobuf",
    "application/xml",
    "image/svg+xml",
}
_WITHOUT_WHOLE_BODY = {204, 206, 304}
_SUFFIX = "-gzip"
_SUFFIXED = b'-gzip"'
_CONDITIONS = {b"if-match", b"if-none-match"}


class CompressionMiddleware:
    """Compresses replies. What its client does not want compressed passes with next to no cost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = b""
        is_conditional = False
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = value if not accepted else b"%b,%b" % (accepted, value)
            elif name in _CONDITIONS and _SUFFIXED in value:
                is_conditional = True
        if is_conditional:
            scope["headers"] = [*_without_suffixes(scope["headers"])]
        if not accepted and scope["method"] == "POST":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, is_wanted=prefers_gzip(accepted.decode("latin-1")), was_sent=is_conditional)
        await self._app(scope, receive, reply.send)


@lru_cache(maxsize=256)
def prefers_gzip(accept_encoding: str) -> bool:
    """Return whether the client accepts gzip, and likes it no less than the plain reply.

    >>> prefers_gzip("deflate, gzip;q=0.5"), prefers_gzip("gzip;q=0, *"), prefers_gzip("gzip;q=0.5, identity")
    (True, False, False)
    """
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        weights[coding.removeprefix("x-")] = _weight(parameters)
    weight = weights.get("gzip", weights.get("*", 0.0))
    return weight > 0 and weight >= weights.get("identity", 0.0)


def _weight(parameters: list[str]) -> float:
    """Return the weight, `q`: 1 without one, 0 for one that is malformed."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _without_suffixes(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers:
        yield name, value.replace(_SUFFIXED, b'"') if name in _CONDITIONS else value


class _Reply:
    """One reply. Its header is held back until enough of the body is known to choose."""

    def __init__(self, send: Send, *, is_wanted: bool, was_sent: bool) -> None:
        self._send = send
        self._is_wanted = is_wanted
        self._was_sent = was_sent
        self._start: Message | None = None
        self._held: list[bytes] = []
        self._stream: Any = None  # zlib names the type of its compressor in no public way

    async def send(self, message: Message) -> None:
        """Take one message of the application's."""
        if message["type"] == "http.response.start":
            if message["status"] != 304 and _is_short(message.get("headers", ())):
                await self._send(message)
                return
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            message = {**message, "headers": headers.raw}
            if message["status"] == 304 and self._was_sent:
                _mark_tag(headers)
            if _may_be_compressed(message["status"], headers):
                self._start = message
            else:
                await self._send(message)
        elif self._stream is not None:
            await self._continue(message)
        elif self._start is None:
            await self._send(message)
        else:
            self._held.append(message.get("body", b""))
            is_long = sum(map(len, self._held)) >= SHORTEST
            if is_long or not message.get("more_body", False):
                await self._begin(self._start, is_long=is_long, more=message.get("more_body", False))

    async def _begin(self, start: Message, *, is_long: bool, more: bool) -> None:
        """Send the header, and what was held back."""
        body = b"".join(self._held)
        headers = MutableHeaders(raw=start["headers"])
        self._start = None
        if is_long:
            headers.add_vary_header("Accept-Encoding")
        if not is_long or not self._is_wanted:
            await self._send(start)
            await self._send({"type": "http.response.body", "body": body, "more_body": more})
            return
        headers["Content-Encoding"] = "gzip"
        _mark_tag(headers)
        for name in ("Accept-Ranges", "Content-Length"):
            del headers[name]
        if more:
            self._stream = zlib.compressobj(_LEVEL, wbits=_GZIP_HEADER_AND_TRAILER)
            await self._send(start)
            await self._continue({"body": body, "more_body": True})
            return
        packed = await _maybe_on_a_thread(len(body), gzip.compress, body, _LEVEL, mtime=0)
        headers["Content-Length"] = str(len(packed))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": packed})

    async def _continue(self, message: Message) -> None:
        stream = self._stream
        body, more = message.get("body", b""), message.get("more_body", False)
        packed = await _maybe_on_a_thread(len(body), stream.compress, body)
        packed += b"" if more else stream.flush()
        if packed or not more:
            await self._send({"type": "http.response.body", "body": packed, "more_body": more})


def _is_short(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the reply's length is known and short, from the header as it is: most replies are, and need no more."""
    return any(name == b"content-length" and int(value) < SHORTEST for name, value in headers)


def _may_be_compressed(status: int, headers: MutableHeaders) -> bool:
    if status in _WITHOUT_WHOLE_BODY or "Content-Encoding" in headers or "Content-Range" in headers:
        return False
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    shrinks = (media_type.startswith("text/") and media_type != "text/event-stream") or (
        media_type in _SHRINKING or media_type.endswith(("+json", "+xml"))
    )
    return shrinks and "no-transform" not in headers.get("Cache-Control", "")


def _mark_tag(headers: MutableHeaders) -> None:
    tag = headers.get("ETag", "")
    if tag.startswith('"'):
        headers["ETag"] = f'{tag[:-1]}{_SUFFIX}"'


async def _maybe_on_a_thread(size: int, compress: Callable[..., bytes], *arguments: object, **options: int) -> bytes:
    if size < _LARGE:
        return compress(*arguments, **options)
    return await run_in_threadpool(compress, *arguments, **options)
