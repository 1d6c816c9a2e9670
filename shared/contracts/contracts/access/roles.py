"""Roles, and grants of a role over names that match a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from contracts.errors import InvalidRequest

__all__ = ["Grant", "Grants", "Role"]

_PATTERN = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._*-]{0,127}")
_REMEMBERED = 4096


class Role(StrEnum):
    """The kinds of access, over the datasets, models and predictions whose names match a pattern."""

    READ = "read"
    """Look at datasets, models, reports and jobs."""
    PREDICT = "predict"
    """Predict with models, also for whole files."""
    TRAIN = "train"
    """Make datasets and models, move labels, stop jobs, upload files. Includes `read` and `predict`."""
    ADMIN = "admin"
    """All of these, and delete what was published."""

    @property
    def included(self) -> frozenset[Role]:
        """Return the roles that this one includes, itself among them."""
        return _INCLUDED[self]


_INCLUDED = {
    Role.READ: frozenset({Role.READ}),
    Role.PREDICT: frozenset({Role.PREDICT}),
    Role.TRAIN: frozenset({Role.READ, Role.PREDICT, Role.TRAIN}),
    Role.ADMIN: frozenset(Role),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over names that match a pattern, in which `*` stands for any characters, also none."""

    role: Role
    names: str = "*"

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        return f"{self.role}:{self.names}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `ROLE:PATTERN`, or `ROLE` for all names. Raises `InvalidRequest`.

        >>> str(Grant.parse("train:team-a-*")), str(Grant.parse("read"))
        ('train:team-a-*', 'read:*')
        """
        role, colon, names = text.partition(":")
        known = {member.value for member in Role}
        if role not in known or (colon and not _PATTERN.fullmatch(names)):
            raise InvalidRequest(
                f"a grant is a role ({', '.join(member.value for member in Role)}), or a role, a colon and a pattern of names, "
                f"such as train:team-a-*. Received: {text[:200]!r}"
            )
        return cls(Role(role), names if colon else "*")


class Grants:
    """The grants of one caller, asked by role and name."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self.all = tuple(grants)
        self._patterns = {role: _expression(self.all, role) for role in Role}
        self._known: dict[tuple[Role, str], bool] = {}

    def has(self, role: Role) -> bool:
        """Return whether the caller has the role for any names."""
        return self._patterns[role] is not None

    def allow(self, role: Role, name: str) -> bool:
        """Return whether the caller has the role for a dataset, model or predictions of this name."""
        known = self._known.get((role, name))
        if known is None:
            pattern = self._patterns[role]
            known = pattern is not None and pattern.fullmatch(name) is not None
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[role, name] = known
        return known


def _expression(grants: tuple[Grant, ...], role: Role) -> re.Pattern[str] | None:
    names = {grant.names for grant in grants if role in grant.role.included}
    alternatives = ("(?s:.*)".join(map(re.escape, re.split(r"\*+", pattern))) for pattern in sorted(names))
    return re.compile("|".join(f"(?:{one})" for one in alternatives)) if names else None
