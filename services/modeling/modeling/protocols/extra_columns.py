"""Columns that the model does not know, in the tables that MLflow's clients send: ignored, as MLflow does, and named.

MLflow demands every column of the model, so a misspelt one is an error there. Here any may be missing: an unknown column is
refused where it may be meant for one that is, or where the table has no known column at all.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from urllib.parse import quote

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields

HEADER = "X-Ignored-Columns"
"""Names the ignored columns of a request, percent-encoded, in its reply."""

_NEAR = 0.75
_MOST_NAMED = 20
_LONGEST_NAMED = 60
_PLAIN = " ()[]./:+-_"


def extra_columns(names: Collection[str], fields: Fields, where: str) -> list[str]:
    """Return the names that are not fields. Raises `InvalidRequest` for one that may be meant for a field that is missing.

    `where`: the place of the names in the body.
    """
    extra = [name for name in names if not fields.knows(name)]
    if not extra:
        return []
    missing = [name for name in fields.places if name not in names]
    if len(missing) == len(fields.places) and not any(name in names for name in fields.vectors):
        raise InvalidRequest(f"{where}: {fields.unknown(extra[0]).message}")
    for name in extra:
        if near := difflib.get_close_matches(name.casefold(), [other.casefold() for other in missing], 1, _NEAR):
            meant = next(other for other in missing if other.casefold() == near[0])
            raise InvalidRequest(
                f"{where}: unknown field {name[:_LONGEST_NAMED]!r}; the nearest known field is {meant!r}, which is missing"
            )
    return extra


def header_value(ignored: Collection[str]) -> str:
    """Return the names in the form of a header."""
    shown = [quote(name[:_LONGEST_NAMED], safe=_PLAIN) for name in [*ignored][:_MOST_NAMED]]
    more = len(ignored) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more else "")
