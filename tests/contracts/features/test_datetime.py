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


def test_days_since_may_be_all_that_is_made() -> None:
    assert DateTime(kind="datetime", parts=[], since="2020-01-01").parts == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"parts": []}, "needs parts, since, or both. Received: neither"),
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
