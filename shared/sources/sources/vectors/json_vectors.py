"""Vectors of one JSON object to a value for each element."""

from __future__ import annotations

from typing import Any, cast

from sources.read_request import ReadRequest
from sources.rejects import Problem


def spread_object(values: dict[str, Any], request: ReadRequest) -> Problem | None:
    """Put the elements of vectors into the object, under their names; an absent or null list has none.

    Returns the problem of the first value that is no list of the right length; elements are checked where they are read.
    """
    for name, elements in request.vectors.items():
        value = values.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            return request.no_vector(name, value)
        given = cast("list[Any]", value)
        if len(given) != len(elements):
            return request.wrong_length(name, len(given))
        values.update(zip(elements, given, strict=True))
    return None
