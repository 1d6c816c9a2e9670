"""Plots as inline SVG inside a `<figure>`: lines over two axes, and columns. Colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chassis.pages.number_format import brief

__all__ = ["Axis", "Column", "Line", "Mark", "column_chart", "line_chart", "stepped", "ticks"]

_WIDTH, _HEIGHT = 420, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 10, 42


@dataclass(frozen=True)
class Axis:
    """An axis: its name and its ends; by default those of the values."""

    name: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """One line. A `y` that is None, or not finite, is left out. `tone`: 0 grey, 1 to 4 a colour of its own."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float | None]
    tone: int = 1
    dashed: bool = False
    dots: bool = False
    ranges: Sequence[tuple[float, float]] | None = None
    """For each point, the interval of its `y`: a whisker."""
    joined: bool = True
    """False: points alone, small and faint, as of many rows."""


@dataclass(frozen=True)
class Mark:
    """A place on the x axis that has a name: a dashed line from top to bottom."""

    x: float
    name: str


@dataclass(frozen=True)
class Column:
    """One column, over the stretch of the x axis that it stands for."""

    begin: float
    end: float
    value: float


def ticks(low: float, high: float, max_ticks: int = 6) -> list[float]:
    """Return round numbers between two, about `max_ticks` or fewer: 1, 2 or 5 times a power of ten apart (Heckbert 1990).

    >>> ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / max(max_ticks - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in (1, 2, 5, 10) if nice * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def stepped(name: str, edges: Sequence[float], heights: Sequence[float], tone: int = 1) -> Line:
    """Return the outline of a histogram, from 0 to 0, as a line."""
    xs = [edge for edge in edges for _ in (0, 1)]
    ys = [0.0, *(height for height in heights for _ in (0, 1)), 0.0]
    return Line(name, xs, ys, tone)


def line_chart(title: str, lines: Sequence[Line], x: Axis, y: Axis, mark: Mark | None = None) -> Markup:
    """Draw lines over common axes, with a legend where there are several. Without a value to draw, the axes stand alone."""
    points = [_points(line) for line in lines]
    ranges = [value for line in lines for pair in line.ranges or () for value in pair if math.isfinite(value)]
    frame = _Frame.around(
        x, y, [px for pairs in points for px, _ in pairs], [py for pairs in points for _, py in pairs] + ranges
    )
    drawn = Markup().join(_line(line, pairs, frame) for line, pairs in zip(lines, points, strict=True))
    if mark is not None:
        drawn = _mark(mark, frame) + drawn
    legend = _legend(lines) if len(lines) > 1 else Markup()
    return _figure(title, legend, frame, x, y, drawn)


def column_chart(title: str, columns: Sequence[Column], x: Axis, y: Axis, tone: int = 1) -> Markup:
    """Draw columns side by side, from 0 up; each shows its numbers under the pointer."""
    frame = _Frame.around(
        x,
        Axis(y.name, 0.0 if y.low is None else y.low, y.high),
        [edge for column in columns for edge in (column.begin, column.end)],
        [column.value for column in columns],
    )
    drawn = Markup().join(_column(column, frame, tone) for column in columns)
    return _figure(title, Markup(), frame, x, y, drawn)


@dataclass(frozen=True)
class _Frame:
    """From values to places in the drawing."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def around(cls, x: Axis, y: Axis, xs: Sequence[float], ys: Sequence[float]) -> _Frame:
        left, right = _limits(x, xs)
        bottom, top = _limits(y, ys)
        return cls(left, right, bottom, top)

    def x(self, value: float) -> str:
        share = (value - self.left) / (self.right - self.left)
        return _place(_LEFT + share * (_WIDTH - _LEFT - _RIGHT))

    def y(self, value: float) -> str:
        share = (value - self.bottom) / (self.top - self.bottom)
        return _place(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM))


def _place(value: float) -> str:
    return f"{min(max(value, -_WIDTH), 2 * _WIDTH):.1f}"


def _limits(axis: Axis, values: Iterable[float]) -> tuple[float, float]:
    """Return the ends of an axis: as given, else those of the values, and never one point."""
    limits = [*values]
    low = axis.low if axis.low is not None else min(limits, default=0.0)
    high = axis.high if axis.high is not None else max(limits, default=low + 1.0)
    if high > low:
        return low, high
    margin = abs(low) / 2 or 1.0
    return low - (margin if axis.low is None else 0.0), low + margin


def _points(line: Line) -> list[tuple[float, float]]:
    pairs = zip(line.xs, line.ys, strict=True)
    return [(px, py) for px, py in pairs if py is not None and math.isfinite(px) and math.isfinite(py)]


def _line(line: Line, points: list[tuple[float, float]], frame: _Frame) -> Markup:
    tone = f"tone-{line.tone}"
    if not line.joined:
        dots = ((frame.x(px), frame.y(py)) for px, py in points)
        drawn = Markup().join(Markup('<circle cx="{}" cy="{}" r="2.5"/>').format(*dot) for dot in dots)
        return Markup('<g class="points {}">{}</g>').format(tone, drawn)
    path = " ".join(f"{frame.x(px)},{frame.y(py)}" for px, py in points)
    dashed = " dashed" if line.dashed else ""
    drawn = Markup('<polyline class="line {}{}" points="{}"/>').format(tone, dashed, path)
    for (px, _), (low, high) in zip(points, line.ranges or (), strict=False):
        center = frame.x(px)
        drawn += Markup('<line class="whisker {}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            tone, center, center, frame.y(low), frame.y(high)
        )
    if line.dots or len(points) == 1:
        for px, py in points:
            drawn += Markup('<circle class="dot {}" cx="{}" cy="{}" r="4"><title>{}: {} at {}</title></circle>').format(
                tone, frame.x(px), frame.y(py), line.name, _short(py), _short(px)
            )
    return drawn


def _mark(mark: Mark, frame: _Frame) -> Markup:
    place = frame.x(mark.x)
    is_left = mark.x <= (frame.left + frame.right) / 2
    return Markup(
        '<line class="mark" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="mark" x="{}" y="{}" text-anchor="{}">{}</text>'
    ).format(
        place,
        place,
        _TOP,
        _HEIGHT - _BOTTOM,
        _place(float(place) + (5 if is_left else -5)),
        _TOP + 10,
        "start" if is_left else "end",
        mark.name,
    )


def _column(column: Column, frame: _Frame, tone: int) -> Markup:
    left, right = float(frame.x(column.begin)), float(frame.x(column.end))
    top, bottom = float(frame.y(column.value)), float(frame.y(frame.bottom))
    return Markup(
        '<rect class="column tone-{}" x="{}" y="{}" width="{}" height="{}"><title>{} to {}: {}</title></rect>'
    ).format(
        tone,
        _place(left + 0.5),
        _place(top),
        _place(max(right - left - 1, 0.5)),
        _place(max(bottom - top, 0)),
        _short(column.begin),
        _short(column.end),
        _short(column.value),
    )


def _legend(lines: Sequence[Line]) -> Markup:
    items = Markup().join(
        Markup('<li><i class="tone-{}{}"></i>{}</li>').format(line.tone, " dashed" if line.dashed else "", line.name)
        for line in lines
    )
    return Markup('<ul class="legend">{}</ul>').format(items)


def _figure(title: str, legend: Markup, frame: _Frame, x: Axis, y: Axis, drawn: Markup) -> Markup:
    return Markup(
        '<figure class="card"><figcaption>{}</figcaption>{}'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}: {} over {}">{}{}</svg></figure>'
    ).format(title, legend, _WIDTH, _HEIGHT, title, y.name, x.name, _axes(frame, x, y), drawn)


def _axes(frame: _Frame, x: Axis, y: Axis) -> Markup:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = Markup()
    for value in ticks(frame.bottom, frame.top, 6):
        place = frame.y(value)
        parts += Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, right, place, place)
        parts += Markup('<text x="{}" y="{}" dy=".32em" text-anchor="end">{}</text>').format(
            _LEFT - 7, place, _short(value)
        )
    for value in ticks(frame.left, frame.right, 6):
        parts += Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            frame.x(value), bottom + 17, _short(value)
        )
    parts += Markup('<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, right, bottom, bottom)
    middle = (_LEFT + right) / 2
    parts += Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(middle, _HEIGHT - 6, x.name)
    height = (_TOP + bottom) / 2
    return parts + Markup('<text transform="translate(11 {}) rotate(-90)" text-anchor="middle">{}</text>').format(
        height, y.name
    )


def _short(value: float) -> str:
    """Format a number on an axis as elsewhere on the page, with a letter for millions and more."""
    for unit, letter in ((1e9, "G"), (1e6, "M")):
        if unit <= abs(value) < 1e13:
            return f"{brief(value / unit)}{letter}"
    return brief(value)
