"""Small drawings of how values spread, for rows of a table and for laying several over one another, as inline SVG.

They have no text of their own but a title and a label, which screen readers read; they stretch to the box that contains them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

__all__ = ["Spread", "bars", "is_wide", "overlay"]

_WIDTH, _HEIGHT = 320, 100

_LOG_FROM = 50.0
"""From this ratio of the largest to the smallest on, the latter is less than a pixel high in a row: logarithms show it."""


@dataclass(frozen=True)
class Spread:
    """Counts between ascending edges (one more than counts; one value is an edge twice). `tone`: 0 grey, 1 to 4 a colour."""

    edges: Sequence[float]
    counts: Sequence[int]
    tone: int = 1


def is_wide(counts: Sequence[float]) -> bool:
    """Return True if a drawing of these is on a log scale.

    >>> is_wide([1, 2, 0, 40]), is_wide([1, 50])
    (False, True)
    """
    there = [count for count in counts if count > 0]
    return bool(there) and max(there) >= _LOG_FROM * min(there)


def bars(title: str, counts: Sequence[int]) -> Markup:
    """Draw a bar per count, equally wide, from the left. Widely different counts: as logarithms."""
    heights = _heights(counts)
    step = _WIDTH / max(len(heights), 1)
    drawn = [
        _bar(index * step, (index + 1) * step, height, gap=step > 4)
        for index, height in enumerate(heights)
        if height is not None
    ]
    return _svg(title, _path("".join(drawn), "filled tone-1"))


def overlay(title: str, spreads: Sequence[Spread]) -> Markup:
    """Draw densities over one axis, from the lowest edge of all to the highest: the first filled, the others as outlines.

    Each is divided by its own total, so that a tenth of the rows of the same kind has the same outline.
    """
    low = min((spread.edges[0] for spread in spreads), default=0.0)
    high = max((spread.edges[-1] for spread in spreads), default=0.0)
    densities_of = [_densities(spread, low, high) for spread in spreads]
    every = [density for densities in densities_of for density in densities]
    scaled = iter(_heights(every))
    drawn = Markup()
    for index, (spread, densities) in enumerate(zip(spreads, densities_of, strict=True)):
        heights = [next(scaled) or 0.0 for _ in densities]
        places = [_place(edge, low, high) for edge in spread.edges]
        if places[0] == places[-1]:
            begin, end = (max(places[0] - 2, 0), min(places[-1] + 2, _WIDTH)) if high > low else (0, _WIDTH)
            places = [begin, *places[1:-1], end]
        kind = "filled" if index == 0 else "outline"
        drawn += _path(_steps(places, heights), f"{kind} tone-{spread.tone}")
    return _svg(title, drawn)


def _densities(spread: Spread, low: float, high: float) -> list[float]:
    """Return the share of the values per pixel. A thinner bucket counts as one pixel, so that its height is finite."""
    total = sum(spread.counts)
    widths = (
        max(_place(end, low, high) - _place(begin, low, high), 1.0)
        for begin, end in zip(spread.edges, spread.edges[1:], strict=False)
    )
    return [count / total / width if total else 0.0 for count, width in zip(spread.counts, widths, strict=True)]


def _place(value: float, low: float, high: float) -> float:
    # Halves first: the distance between two doubles may be more than the largest double, and half the smallest is 0.
    half = high / 2 - low / 2
    return (value / 2 - low / 2) / half * _WIDTH if half > 0 else 0.0


def _heights(values: Sequence[float]) -> list[float | None]:
    """Return the heights as shares of the drawing's; None for 0, which is not drawn."""
    largest = max(values, default=0)
    if largest <= 0:
        return [None for _ in values]
    if is_wide(values):
        least = min(value for value in values if value > 0)
        return [math.log1p(value / least) / math.log1p(largest / least) if value > 0 else None for value in values]
    return [value / largest if value > 0 else None for value in values]


def _bar(begin: float, end: float, height: float, *, gap: bool) -> str:
    top = _HEIGHT - max(height * _HEIGHT, 1)
    return f"M{begin:.0f} {_HEIGHT}V{top:.0f}H{end - gap:.0f}V{_HEIGHT}Z"


def _steps(places: Sequence[float], heights: Sequence[float]) -> str:
    steps = "".join(
        f"V{_HEIGHT - height * _HEIGHT:.0f}H{end:.0f}" for height, end in zip(heights, places[1:], strict=True)
    )
    return f"M{places[0]:.0f} {_HEIGHT}{steps}V{_HEIGHT}Z"


def _path(path: str, kind: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, path) if path else Markup()


def _svg(title: str, drawn: Markup) -> Markup:
    return Markup(
        '<svg class="spread" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(_WIDTH, _HEIGHT, title, title, drawn)
