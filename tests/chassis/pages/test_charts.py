from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from chassis.pages.charts import Axis, Column, Line, Mark, column_chart, line_chart, stepped, ticks


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


def test_points_of_rows_are_not_joined() -> None:
    markup = line_chart("t", [Line("rows", [0, 1, 2], [0, 1, 2], joined=False)], Axis("x"), Axis("y"))
    assert "polyline" not in markup
    assert numbers(markup, "circle", "cx") == [52.0, 230.0, 408.0]


@pytest.mark.parametrize(("x", "anchor"), [(1, "start"), (9, "end")])
def test_a_mark_is_where_its_value_is_and_its_name_inside(x: float, anchor: str) -> None:
    line = Line("a", [0, 10], [0, 1], dots=True)
    drawing = ET.fromstring(line_chart("t", [line], Axis("x"), Axis("y"), Mark(x, "<kept>")))
    mark = next(found for found in drawing.iter("line") if found.attrib["class"] == "mark")
    assert float(mark.attrib["x1"]) == float(mark.attrib["x2"]) == pytest.approx(52 + 35.6 * x)
    words = next(found for found in drawing.iter("text") if found.attrib.get("class") == "mark")
    assert (words.text, words.attrib["text-anchor"]) == ("<kept>", anchor)


def test_a_stepped_line_is_the_outline_of_its_columns() -> None:
    line = stepped("s", [0, 1, 2], [3, 5])
    assert [*zip(line.xs, line.ys, strict=True)] == [(0, 0.0), (0, 3), (1, 3), (1, 5), (2, 5), (2, 0.0)]


def test_numbers_on_axes_have_the_format_of_the_page() -> None:
    markup = line_chart("t", [Line("a", [0, 1], [0, 30_000])], Axis("x"), Axis("y"))
    assert {"0", "10,000", "20,000", "30,000"} <= {found.text for found in ET.fromstring(markup).iter("text")}
    markup = line_chart("t", [Line("a", [0, 1], [0, 3e6])], Axis("x"), Axis("y"))
    assert {"1M", "2M", "3M"} <= {found.text for found in ET.fromstring(markup).iter("text")}
