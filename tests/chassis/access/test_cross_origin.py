from __future__ import annotations

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.access.cross_origin import allow_origins


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("data", headers={"ETag": '"1"'})(scope, receive, send)


async def ask(origins: list[str], method: str = "GET", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(allow_origins(app, origins))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.request(method, "/", headers=headers)


def test_without_origins_it_stays_as_it_is() -> None:
    assert allow_origins(app, []) is app


@pytest.mark.anyio
async def test_scripts_of_trusted_pages_read_replies_and_their_headers() -> None:
    reply = await ask(["https://a.example"], Origin="https://a.example")
    assert reply.headers["access-control-allow-origin"] == "https://a.example"
    assert "ETag" in reply.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in reply.headers
    assert reply.headers["vary"] == "Origin"


@pytest.mark.anyio
async def test_scripts_of_others_do_not() -> None:
    reply = await ask(["https://a.example"], Origin="https://b.example")
    assert "access-control-allow-origin" not in reply.headers
    assert (await ask(["*"], Origin="https://b.example")).headers["access-control-allow-origin"] == "*"


@pytest.mark.anyio
async def test_any_header_may_be_sent_by_a_trusted_page() -> None:
    preflight = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization, if-match"}
    reply = await ask(["https://a.example"], "OPTIONS", Origin="https://a.example", **preflight)
    assert (reply.status_code, reply.headers["access-control-allow-headers"]) == (200, "authorization, if-match")
    assert (await ask(["https://a.example"], "OPTIONS", Origin="https://b.example", **preflight)).status_code == 400
