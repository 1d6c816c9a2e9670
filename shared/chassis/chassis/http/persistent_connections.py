"""HTTP/1.0 clients that keep their connection (RFC 9112, appendix C.2.2), as `ab -k` and older proxies do.

uvicorn closes every connection of HTTP/1.0, and sends it chunks, which that version does not have.
"""

from __future__ import annotations

from typing import Any, cast

from starlette.types import Message, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

__all__ = ["PersistentProtocol"]

_WITHOUT_BODY = {204, 304}


class PersistentProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which keeps an HTTP/1.0 connection if its client asks for that and the reply's length is known."""

    def on_headers_complete(self) -> None:
        """Start the request; its task runs no earlier than this returns."""
        super().on_headers_complete()
        parser = cast("Any", self.parser)
        if parser.get_http_version() == "1.0":
            self.cycle.keep_alive = parser.should_keep_alive()
            cast("Any", self.cycle).send = _for_http_1_0(self.cycle)


def _for_http_1_0(cycle: RequestResponseCycle) -> Send:
    send = cast("Send", cycle.send)
    has_length = True

    async def send_without_chunks(message: Message) -> None:
        nonlocal has_length
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            has_length = any(name.lower() == b"content-length" for name, _ in headers)
            has_length = has_length or cycle.scope["method"] == "HEAD" or message["status"] in _WITHOUT_BODY
            if not has_length:  # the end of the connection is the end of the body
                cycle.keep_alive = False
                cycle.chunked_encoding = False
            if cycle.keep_alive:
                message = {**message, "headers": [*headers, (b"connection", b"keep-alive")]}
        elif not has_length:
            cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    return send_without_chunks
