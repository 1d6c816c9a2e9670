"""Which of several representations a client would have: the `Accept` header of RFC 9110, section 12.5.1."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.errors import NotAcceptable

__all__ = ["preferred"]


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The media type among those `offered` that the client likes best; of equals, the first. Without a header, the first.

    Raises `NotAcceptable`, naming what there is, when the client wants none of them. A part of the header that cannot be
    understood is passed over.

    >>> preferred("application/x-protobuf, */*;q=0.1", ["application/json", "application/x-protobuf"])
    'application/x-protobuf'
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [found for part in accept.split(",") if (found := _range(part)) is not None]
    weights = [_weight(kind, ranges) for kind in offered]
    if max(weights) <= 0:
        raise NotAcceptable(f"there is {' and '.join(offered)}. Received: Accept: {accept}")
    return offered[weights.index(max(weights))]


def _range(part: str) -> tuple[str, float] | None:
    """A media range in lower case, and its weight. Its other parameters do not count."""
    kind, *parameters = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = min(max(float(value), 0.0), 1.0)
            except ValueError:
                return None
    return (kind.lower(), weight) if kind.count("/") == 1 else None


def _weight(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    """That of the most specific range that the media type is in; 0 where it is in none."""
    for wanted in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        weights = [weight for found, weight in ranges if found == wanted]
        if weights:
            return max(weights)
    return 0.0
