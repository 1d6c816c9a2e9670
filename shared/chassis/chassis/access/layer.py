"""The layer that every request passes, the fast path of predictions, too: who asks, and whether its route admits that caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil

from fastapi.routing import RouteContext, iter_route_contexts
from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.access.authenticator import Authenticator
from chassis.access.browser_requests import BrowserRequests
from chassis.access.caller import ANONYMOUS, EVERYONE, Caller, caller, refusal
from chassis.access.exposure import is_loopback
from chassis.access.needs import ANY_CALLER, Needs, needs_of
from chassis.access.request_quota import RequestQuota
from chassis.problems import problem_of
from contracts.errors import NotAllowed, Overloaded, TandemError, Unauthenticated
from contracts.messages.problems import ProblemMessage

__all__ = ["AccessMiddleware"]

Answer = Callable[[Request, RouteContext | None, ProblemMessage], Response]

_UNAUTHENTICATED = Unauthenticated("This needs a valid token, as `Authorization: Bearer TOKEN`.")
_EXPOSED = NotAllowed(
    "This service runs without authentication and answers on loopback alone. Set TANDEM_TOKENS or TANDEM_OIDC_ISSUER, or "
    "TANDEM_ALLOW_UNAUTHENTICATED=true where something in front of it keeps others out."
)
_TOO_FAST = Overloaded("The caller sends more requests a second than TANDEM_REQUESTS_PER_SECOND allows.")
_BROWSER = 'Basic realm="tandem: any name, and a token as password", charset="UTF-8"'


class AccessMiddleware:
    """Answers 401, 403, 421 and 429, in the error format of the request's route, and hands all other requests on.

    `authenticator` None: authentication is off, and requests that reach the machine from outside are refused unless
    `allow_unauthenticated`. `quota`: of each caller's requests, if there is one. `answer` renders a problem in a route's format.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator | None,
        allow_unauthenticated: bool,
        browsers: BrowserRequests,
        quota: RequestQuota | None,
        routes: Callable[[], Sequence[BaseRoute]],
        answer: Answer,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._is_exposed = allow_unauthenticated
        self._browsers = browsers
        self._quota = quota
        self._list_routes = routes
        self._routes: list[RouteContext] | None = None
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        caller.set(ANONYMOUS)
        error, wait = self._browsers.refusal(scope), 0.0
        if error is None:
            error = await self._admit(scope)
        if error is None and self._quota is not None:
            wait = self._wait(self._quota, scope)
            error = _TOO_FAST if wait else None
        if error is None:
            await self._app(scope, receive, send)
            return
        response = self._answer(Request(scope), self._route(scope)[0], problem_of(error))
        if error is _UNAUTHENTICATED and _is_from_browser(scope):
            response.headers.append("WWW-Authenticate", _BROWSER)
        if wait:
            response.headers["Retry-After"] = str(ceil(wait))
        await response(scope, receive, send)

    async def _admit(self, scope: Scope) -> TandemError | None:
        """Note who asks; return why that caller is not admitted, None if it is."""
        if self._authenticator is None:
            caller.set(EVERYONE)
            server = scope.get("server")
            return None if self._is_exposed or server is None or _is_local(str(server[0])) else _EXPOSED
        asks = await self._authenticator.find(scope["method"], scope["headers"])
        caller.set(asks or ANONYMOUS)
        route, parameters = self._route(scope)
        return _refusal(_needs(route), asks, parameters)

    def _wait(self, quota: RequestQuota, scope: Scope) -> float:
        """Count a request of a known caller; return 0, or the seconds until one is admitted. Open routes are not counted."""
        name = caller.get().name
        return 0.0 if name is None or _needs(self._route(scope)[0]).is_open else quota.wait(name)

    def _route(self, scope: Scope) -> tuple[RouteContext | None, dict[str, str]]:
        """Return the route that is going to answer, which the fast path of predictions has found, and its parameters."""
        route: RouteContext | None = scope.get("route")
        return self._match(scope) if route is None else (route, scope.get("path_params") or {})

    def _match(self, scope: Scope) -> tuple[RouteContext | None, dict[str, str]]:
        """Return the route that is going to answer, as Starlette chooses it, with the parameters of its path."""
        if self._routes is None:
            self._routes = list(iter_route_contexts(self._list_routes()))
        path = get_route_path(scope)
        for route in self._routes:
            if not isinstance(route.original_route, Mount) and scope["method"] not in (route.methods or ()):
                continue
            match = route.path_regex.match(path)
            if match is not None:
                return route, match.groupdict()
        return None, {}


def _needs(route: RouteContext | None) -> Needs:
    return (None if route is None else needs_of(route)) or ANY_CALLER


def _refusal(needs: Needs, asks: Caller | None, parameters: dict[str, str]) -> TandemError | None:
    """Return why a caller is not admitted; None if it is. `asks` None: the caller is not known."""
    if needs.is_open:
        return None
    if asks is None:
        return _UNAUTHENTICATED
    role = needs.role
    if role is None:
        return None
    name = None if needs.name is None else parameters[needs.name]
    if asks.grants.has(role) if name is None else asks.grants.allow(role, name):
        return None
    return NotAllowed(refusal(role, name))


@lru_cache(maxsize=64)
def _is_local(host: str) -> bool:
    """Return whether a request came in by an address of loopback, a Unix socket, or a server of the same process (by a name)."""
    has_address = host.replace(".", "").isdigit() or ":" in host
    return not has_address or is_loopback(host)


def _is_from_browser(scope: Scope) -> bool:
    """Return whether a person waits for a page, whom the browser may ask for a password."""
    return scope["method"] in {"GET", "HEAD"} and any(
        name == b"accept" and b"text/html" in value for name, value in scope["headers"]
    )
