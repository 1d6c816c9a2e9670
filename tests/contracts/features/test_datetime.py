"""Dates and times of a request: which parts may be asked for."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from contracts.features.datetime import CYCLES, DatePart, DateTime


def test_by_default_a_date_is_its_month_weekday_and_hour() -> None:
    one = DateTime(kind="datetime")
    assert (one.parts, one.cyclic, one.since) == (["month", "weekday", "hour"], False, None)


def test_every_part_but_the_year_has_a_cycle() -> None:
    assert {*CYCLES, "year"} == set(get_args(DatePart))
    assert DateTime(kind="datetime", parts=[*get_args(DatePart)]).parts == [*get_args(DatePart)]


@pytest.mark.parametrize("options", [{"format": "%d.%m.%Y"}, {"zone": "Europe/Berlin"}, {"format": "unix_ms"}])
def test_a_format_or_a_zone_may_be_all_that_is_given(options: dict[str, str]) -> None:
    assert DateTime.model_validate({"kind": "datetime", "parts": [], **options}).is_declared
    assert not DateTime(kind="datetime").is_declared


def test_days_since_may_be_all_that_is_made() -> None:
    assert DateTime(kind="datetime", parts=[], since="2020-01-01").parts == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"parts": []}, "needs parts, since, or both; or a format or zone that others read it by. Received: neither"),
        ({"format": "%Q"}, "%Q is no directive of a format"),
        ({"format": "unix"}, "a format is auto, unix_s, unix_ms, unix_us, unix_ns, or a pattern with a year"),
        ({"format": ""}, "at least 1 character"),
        ({"zone": ""}, "at least 1 character"),
        ({"parts": ["hour", "day", "hour"]}, "parts must be distinct. Received: hour, day, hour"),
        ({"parts": ["century"]}, "'year', 'quarter'"),
        ({"since": ""}, "at least 1 character"),
        ({"buckets": 3}, "Extra"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DateTime.model_validate({"kind": "datetime", **fields})
    assert message in str(caught.value)
