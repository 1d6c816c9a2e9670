"""Routes past FastAPI's machinery, for requests that take less time than it does.

A route of the class `DirectRoute` stands on the OpenAPI page as any other. Requests to it are found and answered before FastAPI
sees them: their bodies are not read and their parameters not checked but by the endpoint itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.error_handlers import response_to
from chassis.service_parts import Layer
from contracts.errors import TandemError
from modeling.serving.request_timeout import allowed_seconds, read_header

_REMEMBERED = 1024
"""Paths whose route is known without looking: those of a few models and versions."""

_HANDLER = "modeling.handler"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DirectRoute(APIRoute):
    """Calls its endpoint with the request and the path's parameters as text, once it has noted how long the client allows."""

    def get_route_handler(self) -> Handler:
        """See the class."""
        endpoint = self.endpoint

        async def call(request: Request) -> Response:
            seconds = read_header(request.scope["headers"])
            if seconds is not None:
                allowed_seconds.set(seconds)
            return await endpoint(request=request, **request.path_params)

        return call


class _WholeBody(Request):
    """A request whose body comes in one piece, mostly; read without Starlette's way over a stream."""

    async def body(self) -> bytes:
        """The whole body. Raises `ClientDisconnect`."""
        chunks: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class DirectPaths:
    """A layer in front of FastAPI: answers what is for one of the direct routes, and passes on the rest.

    `routers`: those of the application, without prefixes. `every_request`: the layer that FastAPI has inside itself, too.
    """

    def __init__(self, routers: Sequence[APIRouter], app: ASGIApp, every_request: Layer) -> None:
        self._app = app
        self._answer_as_every = every_request(self._answer)
        found = [context.original_route for router in routers for context in iter_route_contexts(router.routes)]
        routes = [route for route in found if isinstance(route, DirectRoute)]
        self._routes = [(route, route.get_route_handler()) for route in routes]
        self._known: dict[tuple[str, str], tuple[DirectRoute, Handler, dict[str, Any]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        found = self._find(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope[_HANDLER], scope["path_params"] = found
        await self._answer_as_every(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _WholeBody(scope, receive, send)
        try:
            response = await scope[_HANDLER](request)
        except (TandemError, HTTPException) as error:
            response = response_to(request, error)
        except ClientDisconnect:  # nobody is there to answer
            return
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[DirectRoute, Handler, dict[str, Any]] | None:
        key = scope["method"], scope["path"]
        found = self._known.get(key)
        if found is None:
            found = self._look(*key)
            if found is not None:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[key] = found
        return found

    def _look(self, method: str, path: str) -> tuple[DirectRoute, Handler, dict[str, Any]] | None:
        for route, handle in self._routes:
            match = route.path_regex.match(path) if method in (route.methods or ()) else None
            if match is not None:
                convert = route.param_convertors
                return route, handle, {name: convert[name].convert(text) for name, text in match.groupdict().items()}
        return None
