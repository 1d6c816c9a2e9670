"""Content negotiation by the `Accept` header of RFC 9110, section 12.5.1."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.errors import NotAcceptable

__all__ = ["preferred"]


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """Return the media type among those `offered` that the client prefers; of equals, or without a header, the first.

    Raises `NotAcceptable`, naming the media types offered, when the client accepts none. A malformed part of the header is
    skipped.

    >>> preferred("application/x-protobuf, */*;q=0.1", ["application/json", "application/x-protobuf"])
    'application/x-protobuf'
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [parsed for part in accept.split(",") if (parsed := _range(part)) is not None]
    weights = [_weight(kind, ranges) for kind in offered]
    if max(weights) <= 0:
        raise NotAcceptable(f"available: {', '.join(offered)}. Received: Accept: {accept}")
    return offered[weights.index(max(weights))]


def _range(part: str) -> tuple[str, float] | None:
    """Parse a media range: in lower case, and its weight. None if malformed; other parameters are ignored."""
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
    """Return the weight of the most specific range that contains the media type; 0 where none does."""
    for wanted in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        weights = [weight for media_range, weight in ranges if media_range == wanted]
        if weights:
            return max(weights)
    return 0.0
