"""Routes that bypass FastAPI's machinery, for requests that take less time than it does.

A route of the class `DirectRoute` is on the OpenAPI page as any other. Requests to it are matched and answered before FastAPI
sees them: only the endpoint itself reads their bodies and checks their parameters. FastAPI runs no dependency of them, so the
service refuses to start if a direct route has one. A check that every request must pass is an ASGI layer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.error_handlers import response_to
from chassis.service_parts import Layer
from contracts.errors import TandemError
from modeling.serving.request_timeout import allowed_seconds, read_header

_REMEMBERED = 1024
"""Maximum number of paths in the cache of routes: those of a few models and versions."""

_HANDLER = "modeling.handler"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DirectRoute(APIRoute):
    """A route that calls its endpoint with the request and the path's parameters as text, after setting the client's timeout."""

    def get_route_handler(self) -> Handler:
        """Return the handler of this route, in place of FastAPI's own."""
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
        """Read the whole body. Raises `ClientDisconnect`."""
        chunks: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class SkippedDependency(Exception):
    """A direct route depends on something that the fast path would not run."""


class DirectPaths:
    """A layer in front of FastAPI: answers requests for the direct routes, and passes on the rest.

    `app`: the application with all its routes; `fastapi`: the same without this layer; `every_request`: the layer that FastAPI
    has inside itself, too. Raises `SkippedDependency` for a direct route that has dependencies, or parameters other than those of
    its path, from wherever they come: its endpoint, its router, or an inclusion.
    """

    def __init__(self, app: FastAPI, fastapi: ASGIApp, every_request: Layer) -> None:
        self._fastapi = fastapi
        self._answer_as_every = every_request(self._answer)
        self._routes: list[tuple[RouteContext, Handler]] = []
        for context in iter_route_contexts(app.routes):
            if isinstance(context.original_route, DirectRoute):
                _check_nothing_is_skipped(context)
                self._routes.append((context, context.original_route.get_route_handler()))
        self._known: dict[tuple[str, str], tuple[RouteContext, Handler, dict[str, Any]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        target = self._find(scope)
        if target is None:
            await self._fastapi(scope, receive, send)
            return
        scope["route"], scope[_HANDLER], scope["path_params"] = target
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

    def _find(self, scope: Scope) -> tuple[RouteContext, Handler, dict[str, Any]] | None:
        key = scope["method"], scope["path"]
        target = self._known.get(key)
        if target is None:
            target = self._look(*key)
            if target is not None:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[key] = target
        return target

    def _look(self, method: str, path: str) -> tuple[RouteContext, Handler, dict[str, Any]] | None:
        for route, handle in self._routes:
            match = route.path_regex.match(path) if method in (route.methods or ()) else None
            if match is not None:
                convert = route.param_convertors
                return route, handle, {name: convert[name].convert(text) for name, text in match.groupdict().items()}
        return None


def _check_nothing_is_skipped(context: RouteContext) -> None:
    dependant: Dependant = context.dependant
    if dependant.dependencies:
        skipped = ", ".join(_name(dependency) for dependency in dependant.dependencies)
        raise SkippedDependency(
            f"The route {context.path} is answered past FastAPI, which would skip its dependencies: {skipped}. Make the check an "
            "ASGI layer that every request passes, or give the route a class other than DirectRoute."
        )
    parameters = [*dependant.query_params, *dependant.header_params, *dependant.cookie_params, *dependant.body_params]
    if parameters:
        names = ", ".join(parameter.name for parameter in parameters)
        raise SkippedDependency(
            f"The route {context.path} is answered past FastAPI, which would not fill in its parameters: {names}. Its "
            "endpoint may take the request and the parameters of the path alone."
        )


def _name(dependency: Dependant) -> str:
    return getattr(dependency.call, "__qualname__", None) or repr(dependency.call)
