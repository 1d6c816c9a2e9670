"""Literals of numbers, dates and timestamps."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from math import isinf

from contracts.expressions import ZoneRules
from contracts.expressions.nodes.leaves import Constant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def number(text: str) -> Constant:
    """Return a number: whole without a point and an exponent, else a double. Raise `ValueError` for one past its type."""
    if text.isdecimal():
        return Constant(type="integer", value=int(text))
    value = float(text)
    if isinf(value):
        raise ValueError(f"a number is at most about 1.8e308. Received: {text}")
    return Constant(type="double", value=value)


def instant(text: str, zone: ZoneRules) -> Constant:
    """Return a date or timestamp in ISO 8601 as an instant; without an offset it is in the zone.

    Raise `ValueError` for text that is neither.
    """
    padded = _DATE.sub(_padded, text.strip(), count=1)
    try:
        moment = datetime.fromisoformat(padded)
    except ValueError:
        raise ValueError(
            f"a date or timestamp is written as 2020-12-31 or 2020-12-31 23:59:59. Received: {text!r}"
        ) from None
    if moment.tzinfo is None:
        moment = _in_zone(moment.replace(tzinfo=UTC), zone)
    return Constant(type="instant", value=(moment - _EPOCH) // timedelta(microseconds=1))


def date_of(text: str) -> str:
    """Return the date of a timestamp's text."""
    return re.split("[ T]", text.strip(), maxsplit=1)[0]


def _padded(match: re.Match[str]) -> str:
    year, month, day = match.group().split("-")
    return f"{year}-{month:>02}-{day:>02}"


def _in_zone(wall: datetime, zone: ZoneRules) -> datetime:
    seconds = (wall - _EPOCH) // timedelta(seconds=1)
    return wall - timedelta(seconds=zone.offsets[bisect_right(zone.wall_transitions, seconds)])
