"""The error for a name that no column has: with the nearest name, and every name in quotes, so that spaces show."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from contracts.errors import NotFound
from sources.structs.leaf_paths import below

_SHOWN = 50
_FEW = 5


def unknown_column(name: str, columns: Sequence[str], place: str) -> NotFound:
    """Return the error for a column that the source does not have, at a place in the request."""
    folded = {column.strip().casefold(): column for column in reversed(columns)}
    alike = difflib.get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.6)
    nearest = f"; the nearest is {folded[alike[0]]!r}" if alike else ""
    inner = below(name, columns)
    if inner:
        nearest = f"; it is a struct, of which each field is a column: {', '.join(map(repr, inner[:_FEW]))}"
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    known = ", ".join(map(repr, columns[:_SHOWN]))
    return NotFound(f"the source has no column {name!r}{nearest}. Its columns: {known}{more}", pointer=place)
