"""HEAD for every GET route (RFC 9110, section 9.3.2): the same status and header fields, without the body."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HeadMiddleware"]


class HeadMiddleware:
    """Hands HEAD on as GET. Its reply ends with its header, so that a stream is left as if its client had gone away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})

        as_get = {**scope, "method": "GET"}  # a copy, since the server looks at its own to leave the body out
        try:
            await self._app(as_get, receive, send_header)
        finally:
            if "route" in as_get:
                scope["route"] = as_get["route"]
