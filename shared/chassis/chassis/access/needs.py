"""Declarations on routes: the role that a route needs, and the parameter of its path with the name that the role is for.

    @router.get("/v1/datasets/{name}")
    @Needs(Role.READ, name="name")
    def get_dataset(…): …

With authentication, an application with a route that declares nothing is not built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from contracts.access.roles import Role

__all__ = ["ANY_CALLER", "OPEN", "Needs", "UndeclaredRoute", "check_declared", "needs_of"]

_ATTRIBUTE = "access_needs"

Endpoint = TypeVar("Endpoint")


class UndeclaredRoute(Exception):
    """A route does not declare which role it needs."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The role that a route needs, as a decorator of its endpoint or of a mounted application.

    Parameters
    ----------
    role
        None: any caller that is known.
    name
        The parameter of the path that holds the name of a dataset, model or predictions. None: the role for any name opens the
        route, whose endpoint checks the names that it comes across by `chassis.access.caller`, or shows only those.
    is_open
        No token is needed, and a wrong one is as none.
    """

    role: Role | None
    name: str | None = None
    is_open: bool = False

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        """Declare the needs of an endpoint, which is returned unchanged."""
        setattr(endpoint, _ATTRIBUTE, self)
        return endpoint


OPEN = Needs(None, is_open=True)
ANY_CALLER = Needs(None)


def needs_of(route: RouteContext | BaseRoute) -> Needs | None:
    """Return the declared needs of a route or of a mounted application; None if it declares none."""
    original: Any = getattr(route, "original_route", route)
    endpoint = getattr(original, "endpoint", None) or getattr(original, "app", None)
    return getattr(endpoint, _ATTRIBUTE, None)


def check_declared(routes: Sequence[BaseRoute | RouteContext]) -> None:
    """Raise `UndeclaredRoute` for routes that declare no needs, or the name of a parameter that their path does not have."""
    wrong = list(_wrong(routes))
    if wrong:
        raise UndeclaredRoute(
            f"routes without a valid declaration of what they need (access.needs): {', '.join(wrong)}"
        )


def _wrong(routes: Sequence[BaseRoute | RouteContext]) -> Iterator[str]:
    for route in iter_route_contexts(routes):
        needs = needs_of(route)
        if needs is None or (needs.name is not None and needs.name not in route.param_convertors):
            yield f"{' '.join(sorted(getattr(route, 'methods', None) or ()))} {route.path}".strip()
