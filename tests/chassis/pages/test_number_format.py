"""Numbers as people read them: units change where rounding does, and what is missing is a dash."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chassis.pages import number_format
from chassis.pages.layout import environment
from chassis.pages.number_format import (
    FILTERS,
    NOTHING,
    brief,
    count,
    number,
    percent,
    seconds,
    signed,
    size,
    visible,
    when,
)


@pytest.mark.parametrize("format_", [number, brief, signed, count, percent, seconds, size, when])
def test_what_is_missing_is_a_dash(format_: object) -> None:
    assert callable(format_)
    assert format_(None) == NOTHING


@pytest.mark.parametrize("format_", [number, brief, signed, percent])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(format_: object, value: float) -> None:
    assert callable(format_)
    assert format_(value) == NOTHING


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1, "1.000"),
        (0.99996, "1.000"),
        (-0.12345, "-0.1235"),
        (0.05, "0.05000"),
        (0.0001, "0.0001000"),
        (-0.00001234, "-1.234e-05"),
        (12.3, "12.30"),
        (1234.5, "1234"),
        (9999.4, "9999"),
        (9999.5, "10,000"),
        (10_000, "10,000"),
        (-1234567.8, "-1,234,568"),
        (1.5e15, "1.5e+15"),
    ],
)
def test_measures(value: float, text: str) -> None:
    assert number(value) == text
    assert number(0.126, 2) == "0.13"


@pytest.mark.parametrize("value", [0.5, 1 / 3, 17, 2013, 9999.4, 9999.6, 123456.7, 1e-4, 3e-5, 1e15, 6e22, -0.25])
def test_measures_and_values_have_one_format(value: float) -> None:
    shown = number(value)
    if "." in shown and "e" not in shown:
        shown = shown.rstrip("0").rstrip(".")
    assert shown == brief(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.1 + 0.2, "0.3"),
        (9999, "9999"),
        (9999.4, "9999"),
        (9999.7, "10,000"),
        (-9999.7, "-10,000"),
        (1e15, "1e+15"),
        (3.4e38, "3.4e+38"),
    ],
)
def test_values_of_the_data(value: float, text: str) -> None:
    assert brief(value) == text


def test_differences_and_shares() -> None:
    assert [signed(value, 2) for value in (0.5, -0.5, 0, 20_000)] == ["+0.50", "-0.50", "0", "+20,000"]
    assert [percent(value) for value in (0, 1, 0.12345)] == ["0.0%", "100.0%", "12.3%"]
    assert percent(0.12345, 2) == "12.35%"
    assert [count(value) for value in (0, 999, -1000)] == ["0", "999", "-1,000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (119.6, "2 min 0 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (90_061, "25 h 1 min"),
    ],
)
def test_durations_change_their_unit_where_they_are_rounded(value: float, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.7, "1.0 kB"),
        (1000, "1.0 kB"),
        (999_940, "999.9 kB"),
        (999_960, "1.0 MB"),
        (1.5e9, "1.5 GB"),
        (999.96e9, "1.0 TB"),
        (5e15, "5000.0 TB"),
    ],
)
def test_sizes_change_their_unit_where_they_are_rounded(value: float, text: str) -> None:
    assert size(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日", "plain é 日"),
        ("a\tb\0", "a\\tb\\x00"),
        ("", "''"),
        (" a", "' a'"),
        ("a\n", "'a\\n'"),
        ("a\u200bb\u2028c", "a\\u200bb\\u2028c"),
        ("\ud800", "\\ud800"),
    ],
)
def test_text_that_a_page_would_swallow_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_times_are_in_utc() -> None:
    noon = datetime(2026, 11, 27, 12, 0, 0, 999_999, tzinfo=UTC)
    for zone in (UTC, timezone(timedelta(hours=-7))):
        assert when(noon.astimezone(zone)) == "2026-11-27 12:00:00 UTC"


def test_templates_have_each_filter_by_its_name() -> None:
    filters = environment("chassis.pages").filters
    assert all(filters[name] is getattr(number_format, name) for name in FILTERS)
    assert {*FILTERS, "FILTERS", "NOTHING"} == set(number_format.__all__)
