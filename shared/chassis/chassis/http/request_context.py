"""The layer that every request passes: an id, a limit on the body, one log line, two metrics, and never a bare 500.

A plain ASGI layer, so that it costs predict little and leaves streams alone.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.access.audit_log import AuditLog
from chassis.access.caller import caller
from chassis.access.needs import needs_of
from contracts.messages.problems import ProblemMessage

__all__ = ["RequestContext", "RequestContextMiddleware", "context_of"]

_KEY = "chassis.request_context"
_DIGITS = 18
"""Of a body's announced length; one of more is too long for certain."""
_ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

_NO_SNIFFING = b"x-content-type-options", b"nosniff"
"""A browser takes a reply for what its media type names, and does not run data as a script."""

_log = structlog.get_logger(module=__name__)


@dataclass(slots=True)
class RequestContext:
    """One request's id, the format of its errors (None: problem+json) and its status (0: the reply has not begun).

    `made`: the `Location` of the reply, for the audit log.
    """

    request_id: str
    render: Callable[[ProblemMessage], Response] | None = None
    status: int = 0
    made: str | None = None


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """Return the context of the request with this scope; a new one outside the middleware."""
    return scope.setdefault(_KEY, RequestContext(request_id=os.urandom(16).hex()))


class RequestContextMiddleware:
    """Wraps the whole application. Calls `on_end(method, route, status, seconds)` after each request.

    `larger_bodies`: the limits of paths with these prefixes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        larger_bodies: Mapping[str, int] | None = None,
        on_end: Callable[[str, str, int, float], None],
        on_fault: Callable[[Request, Exception], Response],
        audit: AuditLog | None = None,
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._larger_bodies = larger_bodies or {}
        self._on_end = on_end
        self._on_fault = on_fault
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, from its first byte to its last."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        context = scope[_KEY] = RequestContext(request_id=_request_id(scope))
        structlog.contextvars.bind_contextvars(request_id=context.request_id)
        shown_id = b"x-request-id", context.request_id.encode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = int(message["status"])
                if self._audit is not None:
                    context.made = _location(message)
                message["headers"] = [*message.get("headers", ()), shown_id, _NO_SNIFFING]
            await send(message)

        try:
            await self._app(scope, self._limited(scope, receive), send_with_id)
        except Exception as error:
            if context.status:
                _log.exception("internal error")
                raise  # the reply has begun: all that is left is to break it off
            await self._on_fault(Request(scope), error)(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - began
            route = _template(scope)
            self._on_end(scope["method"], route, context.status, seconds)
            _log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                route=route,
                status=context.status,
                milliseconds=round(seconds * 1000, 3),
                **_caller(),
            )
            if self._audit is not None and not _is_open(scope):
                self._audit.record(
                    caller=caller.get().name,
                    client=None if scope.get("client") is None else str(scope["client"][0]),
                    method=scope["method"],
                    path=scope["path"],
                    status=context.status,
                    made=context.made,
                    request_id=context.request_id,
                )
            structlog.contextvars.unbind_contextvars("request_id")

    def _limit_of(self, path: str) -> int:
        for prefix, limit in self._larger_bodies.items():
            if path.startswith(prefix):
                return limit
        return self._max_body_bytes

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        limit = self._limit_of(scope["path"])
        announced = b""
        for name, value in scope["headers"]:
            if name == b"content-length":
                announced = value
            elif name == b"transfer-encoding":
                announced = b""
                break
        is_known = announced.isdigit() and len(announced) <= _DIGITS
        if is_known and int(announced) <= limit:
            return receive  # the server takes no more of a request than it announced
        too_large = is_known or len(announced) > _DIGITS
        seen = 0

        async def receive_within_limit() -> Message:
            nonlocal seen, too_large
            message: Message = {} if too_large else await receive()
            seen += len(message.get("body", b""))
            too_large = too_large or seen > limit
            if too_large:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"The body is larger than the limit of {limit} bytes.",
                )
            return message

        return receive_within_limit


def _is_open(scope: Scope) -> bool:
    """Return whether the route of a request needs no token, as those of health do."""
    route = scope.get("route")
    needs = None if route is None else needs_of(route)
    return needs is not None and needs.is_open


def _location(message: Message) -> str | None:
    headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"location"), None)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTABLE_ID.fullmatch(value):
            return value.decode()
    return os.urandom(16).hex()


def _caller() -> dict[str, str]:
    """Return the name of the caller, for the log; nothing where it has none."""
    name = caller.get().name
    return {} if name is None else {"caller": name}


def _template(scope: Scope) -> str:
    """Return the route's path template, so that metrics stay few; all unknown paths share one."""
    return getattr(scope.get("route"), "path", None) or "unknown"
