"""Refuses a request whose query has a parameter that its route does not: a misspelt one would be ignored without a word."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.error_handlers import answer, own_format
from chassis.http.request_context import context_of
from contracts.messages.problems import FieldError, ProblemMessage

__all__ = ["KnownQueriesMiddleware", "known_parameters"]

_LONGEST_NAME = 60


class KnownQueriesMiddleware:
    """Checks queries by the routes of the application, which are listed when the first query comes."""

    def __init__(self, app: ASGIApp, *, routes: Callable[[], Sequence[BaseRoute]]) -> None:
        self._app = app
        self._list_routes = routes
        self._routes: list[RouteContext] | None = None
        self._known: dict[int, frozenset[str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["query_string"]:
            route: RouteContext | None = scope.get("route") or self._match(scope)
            problem = None if route is None else self._check(route, scope["query_string"])
            if route is not None and problem is not None:
                scope["route"] = route
                context_of(scope).render = own_format(route)
                await answer(Request(scope), problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _match(self, scope: Scope) -> RouteContext | None:
        """Return the route that is going to answer; None if there is none, or one that is not FastAPI's own."""
        if self._routes is None:
            contexts = iter_route_contexts(self._list_routes())
            self._routes = [context for context in contexts if isinstance(context.original_route, APIRoute)]
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for route in self._routes:
            if scope["method"] in (route.methods or ()) and route.path_regex.match(path):
                return route
        return None

    def _check(self, route: RouteContext, query: bytes) -> ProblemMessage | None:
        known = self._known.get(id(route))
        if known is None:
            known = self._known[id(route)] = known_parameters(route)
        for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name not in known:
                return _unknown(name[:_LONGEST_NAME], known)
        return None


def known_parameters(route: RouteContext) -> frozenset[str]:
    """Return the query parameters of a route: those of its endpoint and dependencies, and those of its own description."""
    extra = cast("dict[str, Any]", route.openapi_extra or {})
    described = cast("list[dict[str, Any]]", extra.get("parameters", []))
    return frozenset(
        [*_of_dependant(route.dependant)] + [parameter["name"] for parameter in described if parameter["in"] == "query"]
    )


def _of_dependant(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for dependency in dependant.dependencies:
        yield from _of_dependant(dependency)


def _unknown(name: str, known: Iterable[str]) -> ProblemMessage:
    by_folded = {other.casefold(): other for other in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    all_known = ", ".join(by_folded.values()) or "none"
    hint = f"did you mean {by_folded[near[0]]!r}?" if near else f"this path takes {all_known}"
    detail = f"unknown query parameter {name!r}; {hint}"
    return ProblemMessage(
        status=HTTPStatus.BAD_REQUEST,
        title="Unknown query parameter",
        detail=detail,
        type="urn:problem-type:tandem:unknown-query-parameter",
        errors=(FieldError.model_validate({"parameter": name, "in": "query", "detail": detail}),),
    )
