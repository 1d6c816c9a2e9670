"""The caller of the present request, as routes ask about it: whether it may do something with a name."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from contracts.access.roles import Grant, Grants, Role
from contracts.errors import NotAllowed

__all__ = ["ALL_NAMES", "ANONYMOUS", "EVERYONE", "Caller", "caller", "may", "may_use", "require"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request: the name of its token, and its grants."""

    name: str | None
    grants: Grants


EVERYONE = Caller(None, Grants([Grant(Role.ADMIN)]))
"""The caller where authentication is off."""
ANONYMOUS = Caller(None, Grants([]))
"""The caller of an open route who sent no token."""

ALL_NAMES = ""
"""In place of a name, for what concerns every name: no name is empty, so only the pattern `*` matches it."""

caller: ContextVar[Caller] = ContextVar("caller", default=EVERYONE)
"""The present request's caller. Threads that Starlette starts for a request see it, too."""


def may(role: Role, name: str) -> bool:
    """Return whether the present caller has a role for a dataset, model or predictions of this name."""
    return caller.get().grants.allow(role, name)


def may_use(model: str) -> bool:
    """Return whether the present caller may look at a model or predict with it."""
    return may(Role.READ, model) or may(Role.PREDICT, model)


def require(role: Role, name: str, *, pointer: str | None = None) -> None:
    """Return if the present caller has a role for this name. Raises `NotAllowed`, whether or not there is such a thing.

    `pointer`: the field of the request's body that holds the name.
    """
    if not may(role, name):
        raise NotAllowed(refusal(role, name), pointer=pointer)


def refusal(role: Role, name: str | None) -> str:
    """Return the sentence of a refused request."""
    of_name = "" if name is None else f" for {name[:100]!r}" if name else " for all names"
    return f"this needs the role {role}{of_name}, which the caller does not have"
