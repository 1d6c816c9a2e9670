from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from chassis.pages.charts import Axis, Column, Line, column_chart, line_chart, ticks


def numbers(markup: str, tag: str, attribute: str) -> list[float]:
    """That attribute of every such element of the drawing, which must be well-formed XML."""
    return [float(each.attrib[attribute]) for each in ET.fromstring(markup).iter(tag)]


def test_a_line_goes_through_its_points() -> None:
    markup = line_chart("t", [Line("a", [0, 1, 2], [0, None, 1], dots=True)], Axis("x"), Axis("y"))
    assert numbers(markup, "circle", "cx") == [52.0, 408.0]
    assert numbers(markup, "circle", "cy") == [238.0, 10.0]


@pytest.mark.parametrize(
    ("xs", "ys"), [([], []), ([1], [5]), ([1, 2], [3, 3]), ([1, 2], [float("nan"), None]), ([0, 1], [1e300, -1e300])]
)
def test_what_is_hardly_drawable_is_drawn(xs: list[float], ys: list[float | None]) -> None:
    markup = line_chart("t", [Line("a", xs, ys)], Axis("x"), Axis("y"))
    assert "nan" not in markup
    assert "inf" not in markup
    ET.fromstring(markup)


def test_columns_stand_on_zero() -> None:
    markup = column_chart("t", [Column(0, 1, 5), Column(1, 2, 10)], Axis("x"), Axis("rows"))
    assert numbers(markup, "rect", "height") == [114.0, 228.0]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.4231, 0.4239), (-3, 1e6), (1e-9, 2e-9)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert all(low - 1e-12 <= at <= high + 1e-12 for at in found)
