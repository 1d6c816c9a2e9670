"""Names of a struct's leaves: the steps from the top-level column, joined by full stops."""

from __future__ import annotations

from collections.abc import Collection

STEP = "."
"""Stands between the steps of a path."""
MOST_STEPS = 32
"""Structs deeper than this stay single columns."""


def path_of(outer: str, name: str) -> str:
    """Return the path of a struct's field.

    >>> path_of("user.address", "city")
    'user.address.city'
    """
    return f"{outer}{STEP}{name}"


def prefixes(path: str) -> list[str]:
    """Return the paths of the structs that a path leads through, the outermost first.

    >>> prefixes("user.address.city")
    ['user', 'user.address']
    """
    return [path[:place] for place, letter in enumerate(path) if letter == STEP]


def below(outer: str, columns: Collection[str]) -> list[str]:
    """Return the columns whose paths lead through this one, in their order.

    >>> below("user", ["id", "user.name", "user.address.city", "username"])
    ['user.name', 'user.address.city']
    """
    return [name for name in columns if name.startswith(f"{outer}{STEP}")]


def paths_among(names: Collection[str], columns: Collection[str]) -> frozenset[str]:
    """Return the names that may be paths into structs: with a step, and through no other column.

    `columns`: those of the source. A column of its own is no struct, so it has no leaves.

    >>> sorted(paths_among(["id", "user.city", "a.b"], ["id", "user.city", "a", "a.b"]))
    ['user.city']
    """
    there = set(columns)
    return frozenset(name for name in names if STEP in name and there.isdisjoint(prefixes(name)))
