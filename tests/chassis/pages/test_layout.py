from __future__ import annotations

import re

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, UndefinedError

from chassis.pages.charts import Axis, Line, line_chart
from chassis.pages.layout import environment, page_response

NASTY = "</script><img src=x onerror=alert(1)>&\"'"


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
