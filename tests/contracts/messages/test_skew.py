"""Requests for skew: times in UTC, and one version or label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages.comparisons import Thresholds
from contracts.messages.skew import SkewRequest

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-27T12:00:00Z",
        "2026-11-27T12:00:00",
        "2026-11-27T14:30:00+02:30",
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=-5))),
        NOON.timestamp(),
    ],
)
def test_a_time_is_in_utc_whatever_its_zone(time: Any) -> None:
    request = SkewRequest.model_validate({"since": time})
    assert request.since == NOON
    assert request.since is not None
    assert request.since.tzinfo is UTC


def test_what_is_left_out() -> None:
    request = SkewRequest()
    assert (request.version, request.label, request.since, request.until) == (None, None, None, None)
    assert request.thresholds == Thresholds()
    assert SkewRequest.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"version": 1, "label": "champion"}, "version and label cannot both be given"),
        ({"version": 0}, "greater than or equal to 1"),
        ({"version": 1 << 63}, "less than 9223372036854775808"),
        ({"label": ""}, "match pattern"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "the time is out of range"),
        ({"until": "9999-12-31T23:59:59-01:00"}, "the time is out of range"),
        ({"since": "yesterday"}, "valid datetime"),
        ({"thresholds": {"missing_share": 2}}, "less than or equal to 1"),
    ],
)
def test_a_request_that_cannot_be_is_refused(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SkewRequest.model_validate(body)
