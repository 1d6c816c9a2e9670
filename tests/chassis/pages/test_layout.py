from __future__ import annotations

import hashlib
import re
from base64 import b64encode

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
    assert page.count("</script") == 1
    assert page.count("&lt;img") > 8


def test_a_page_needs_nothing_from_outside(templates: Environment) -> None:
    response = page_response(templates, "p", x="\ud800", chart="")
    page = bytes(response.body).decode()
    assert re.findall(r"\b(?:src|href)\s*=\s*\S+|url\(\S+", page) == ['href="data:,">']
    assert "://" not in page
    assert "<title>?</title>" in page
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_policy_allows_the_pages_script_alone_and_news_where_it_is_live(templates: Environment) -> None:
    for names in ((), ("table.js",), ("table.js", "live.js")):
        for is_live in (False, True):
            response = page_response(templates, "p", x="", chart="", scripts=names, is_live=is_live)
            scripts = re.findall(rb"<script>(.*?)</script>", bytes(response.body), re.DOTALL)
            assert len(scripts) == 1
            digest = b64encode(hashlib.sha256(scripts[0]).digest()).decode()
            policy = dict(part.split(maxsplit=1) for part in response.headers["content-security-policy"].split(";"))
            assert policy["script-src"] == f"'sha256-{digest}'"
            assert policy.get("connect-src") == ("'self'" if is_live else None)


def test_a_page_leads_where_it_is_told_to(templates: Environment) -> None:
    page = bytes(page_response(templates, "p", x="", chart="", nav=[(NASTY, "/a?b=1&c"), ("B", "/b")]).body).decode()
    assert re.findall(r'<a href="([^"]+)">', page) == ["/a?b=1&amp;c", "/b"]
    assert "<img" not in page
    assert "<nav" not in bytes(page_response(templates, "p", x="", chart="").body).decode()


def test_a_value_that_was_forgotten_is_an_error(templates: Environment) -> None:
    with pytest.raises(UndefinedError):
        page_response(templates, "p", x="")
