"""JSON bodies to Python values, and replies to JSON.

Read: NaN and the infinities are numbers, as clients of TensorFlow Serving write them. Refused: malformed JSON, nesting past 200
levels, text that is not UTF-8 or holds half a surrogate pair, and a duplicate name in an object, for which parsers differ in the
value that they keep. Written: strict JSON, in which a number that is not finite is null.
"""

from __future__ import annotations

import json
from typing import Any, cast

from jiter import from_json
from pydantic_core import to_json

from contracts.errors import InvalidRequest
from modeling.decoding.received import received

_LONGEST_NAME = 60


def parse(body: bytes) -> object:
    """Parse a body. Raises `InvalidRequest`, for a duplicate name with its location: `instances[3]: …`."""
    if not body:
        raise InvalidRequest("the body is empty; it must be JSON")
    try:
        return from_json(body, catch_duplicate_keys=True, cache_mode="none")
    except ValueError as error:
        if "duplicate key" in str(error):
            raise _twice(body, str(error)) from None
        raise InvalidRequest(f"the body is not JSON: {error}") from error


def parse_object(body: bytes, expected: str) -> dict[str, Any]:
    """Parse a body that must be an object; `expected` describes its content. Raises `InvalidRequest`."""
    if not body:
        raise InvalidRequest(f"the body is empty; it must be a JSON object with {expected}")
    document = parse(body)
    if not isinstance(document, dict):
        raise InvalidRequest(f"the body must be a JSON object with {expected}. Received: {received(document)}")
    return cast("dict[str, Any]", document)


def check_names(document: dict[str, Any], known: set[str]) -> None:
    """Raise `InvalidRequest` for the first unknown name of an object."""
    if unknown := document.keys() - known:
        name = min(unknown)[:_LONGEST_NAME]
        raise InvalidRequest(f"unknown field {name!r}; the body may hold {', '.join(sorted(known))}")


def render(value: object) -> bytes:
    """Return a reply as UTF-8."""
    return to_json(value, inf_nan_mode="null")


class _Twice(dict[str, object]):
    """An object with a duplicate name."""

    name = ""


def _twice(body: bytes, message: str) -> InvalidRequest:
    """Return the error for a duplicate name, with its location, which takes a second, slower parse."""
    try:
        place = _find(json.loads(body, object_pairs_hook=_object), "")
    except (ValueError, RecursionError):  # the text after the name may be malformed
        place = None
    if place is None:
        return InvalidRequest(f"the body has a name twice: {message}")
    where, name = place
    return InvalidRequest(f"{where or 'the body'}: has the name {name[:_LONGEST_NAME]!r} twice")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    marked = _Twice(fields)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            marked.name = name
            break
        seen.add(name)
    return marked


def _find(value: object, where: str) -> tuple[str, str] | None:
    """Return the location of the first object with a duplicate name, and the name."""
    if isinstance(value, _Twice):
        return where, value.name
    if isinstance(value, dict):
        parts = (
            (f"{where}.{name}" if where else name, part) for name, part in cast("dict[str, object]", value).items()
        )
    elif isinstance(value, list):
        parts = ((f"{where}[{index}]", part) for index, part in enumerate(cast("list[object]", value)))
    else:
        return None
    return next((twice for place, part in parts if (twice := _find(part, place)) is not None), None)
