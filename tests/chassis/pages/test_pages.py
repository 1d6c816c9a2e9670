from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, UndefinedError

from chassis.pages.charts import Axis, Column, Line, column_chart, line_chart, ticks
from chassis.pages.layout import environment, page_response

NASTY = "</script><img src=x onerror=alert(1)>&\"'"


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


PAGE = """{% extends "page.html" %}{% import "parts.html" as parts %}
{% block title %}{{ x }}{% endblock %}
{% block content %}{{ parts.facts([(x, x)]) }}{{ parts.tile(x, x, x) }}{{ chart }}{% endblock %}"""


@pytest.fixture
def templates() -> Environment:
    found = environment("chassis.pages")
    assert found.loader is not None
    found.loader = ChoiceLoader([DictLoader({"p": PAGE}), found.loader])
    return found


def test_whatever_is_shown_is_escaped(templates: Environment) -> None:
    line = Line(NASTY, [0, 1], [0, 1], dots=True)
    chart = line_chart(NASTY, [line, line], Axis(NASTY), Axis(NASTY))
    page = bytes(page_response(templates, "p", x=NASTY, chart=chart).body).decode()
    assert "<img" not in page
    assert "</script" not in page
    assert page.count("&lt;img") > 8


def test_a_page_needs_nothing_from_outside(templates: Environment) -> None:
    response = page_response(templates, "p", x="\ud800", chart="")
    page = bytes(response.body).decode()
    assert re.findall(r"\b(?:src|href)\s*=\s*\S+|url\(\S+", page) == ['href="data:,">']
    assert "://" not in page
    assert "<title>?</title>" in page
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_value_that_was_forgotten_is_an_error(templates: Environment) -> None:
    with pytest.raises(UndefinedError):
        page_response(templates, "p", x="")
