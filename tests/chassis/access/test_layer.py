"""The layer finds the route that Starlette's router takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.access.authenticator import Authenticator
from chassis.access.browser_requests import BrowserRequests
from chassis.access.layer import AccessMiddleware
from chassis.access.needs import Needs
from chassis.access.request_quota import RequestQuota
from chassis.http.error_handlers import answer_of_route
from chassis.settings import ServiceSettings
from contracts.access.roles import Grant, Role
from contracts.access.tokens_file import TokensFile


def routed() -> FastAPI:
    """Routes that overlap, of a router with a prefix, with other methods, and a mounted application."""
    app = FastAPI(openapi_url=None)
    router = APIRouter(prefix="/in")
    for methods, path in (
        (["GET"], "/a/{name}"), (["POST"], "/a/{name}"), (["GET"], "/a/fixed"),
        (["GET"], "/{rest:path}"), (["PUT"], "/{x}/{y}:go"),
    ):  # fmt: skip

        @router.api_route(path, methods=methods)
        @Needs(Role.READ)
        def endpoint(request: Request) -> dict[str, Any]:
            return {"route": request.scope["route"].path, "parameters": request.path_params}

    app.include_router(router)
    return app


async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("mounted")(scope, receive, send)


@pytest.fixture
def tokens(tmp_path: Path) -> TokensFile:
    return TokensFile(tmp_path / "tokens.json")


@pytest.fixture
def token(tokens: TokensFile) -> str:
    return tokens.create("reader", (Grant(Role.READ),), None)


@pytest.fixture
def layer(tokens: TokensFile, token: str) -> AccessMiddleware:
    assert token
    app = routed()
    app.mount("/mounted", mounted)
    return AccessMiddleware(
        app,
        authenticator=Authenticator.of_settings(ServiceSettings(port=0, tokens=str(tokens.path))),
        allow_unauthenticated=False,
        browsers=BrowserRequests([], []),
        quota=RequestQuota(5, clock=lambda: 0.0),
        routes=lambda: app.routes,
        answer=answer_of_route,
    )


async def ask(app: ASGIApp, method: str, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.request(method, path, headers=headers)


PATHS = [
    "/in/a/x", "/in/a/fixed", "/in/a/x/y", "/in/", "/in", "/in/b/c:go", "/in/a/b:go", "/in/a/x%2Fy", "/in/a/%C3%A9",
    "/mounted/x", "/mounted", "/nowhere",
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
async def test_it_is_the_route_that_answers(layer: AccessMiddleware, token: str, method: str, path: str) -> None:
    seen: list[Any] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(layer._route(scope))
        await layer(scope, receive, send)

    reply = await ask(watched, method, path, Authorization=f"Bearer {token}")
    route, parameters = seen[0]
    if reply.status_code == 200 and reply.text != "mounted":
        assert (route.path, parameters) == (reply.json()["route"], reply.json()["parameters"])
    else:
        assert route is None or reply.text == "mounted"


@pytest.mark.anyio
@pytest.mark.parametrize("path", PATHS)
async def test_without_a_token_nothing_is_reached(layer: AccessMiddleware, path: str) -> None:
    assert (await ask(layer, "GET", path)).status_code == 401


@pytest.mark.anyio
async def test_a_page_of_another_site_is_refused_before_its_token_is_looked_at(
    layer: AccessMiddleware, token: str
) -> None:
    reply = await ask(layer, "POST", "/in/a/x", Origin="https://other.example", Authorization=f"Bearer {token}")
    assert (reply.status_code, "TANDEM_ALLOWED_ORIGINS" in reply.text) == (403, True)


@pytest.mark.anyio
async def test_a_caller_who_is_too_fast_is_told_when_to_come_again(layer: AccessMiddleware, token: str) -> None:
    replies = [await ask(layer, "GET", "/in/a/x", Authorization=f"Bearer {token}") for _ in range(8)]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429] * 3
    assert replies[-1].headers["retry-after"] == "1", "the next is admitted in a fifth of a second"
    assert "TANDEM_REQUESTS_PER_SECOND" in replies[-1].json()["detail"]
