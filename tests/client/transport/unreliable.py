"""A service in front of another one that refuses requests, drops replies or is slow, as scripted, and counts requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Unreliable:
    """Each request takes the next word: a status, `lost` (done, but no reply), or `slow`; then all are passed on."""

    app: ASGIApp
    script: list[str] = field(default_factory=list[str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.requests.append((scope["method"], scope["path"]))
        word = self.script.pop(0) if self.script else ""
        if word.isdecimal():
            named = [(name.encode(), value.encode()) for name, value in self.headers.items()]
            await send({"type": "http.response.start", "status": int(word), "headers": named})
            await send({"type": "http.response.body", "body": b""})
        elif word == "lost":
            await self.app(scope, receive, _nowhere)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
            raise OSError("the connection is cut before its body")
        else:
            if word == "slow":
                await asyncio.sleep(1.5)
            await self.app(scope, receive, send)


async def _nowhere(_: Message) -> None:
    pass
