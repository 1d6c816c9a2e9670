"""The rules of time zones from 1900 to 2100, read from the tz database of the package `tzdata`, whose version is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata

from contracts.expressions import ZoneRules

_BEGIN, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(hours=12)
"""No zone changed twice within this time."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def zone_rules(name: str) -> ZoneRules:
    """Return the rules of a zone, as `America/New_York`. Raise `ValueError` for a name that the tz database does not have.

    >>> zone_rules("Asia/Kolkata").offsets[-1]
    19800
    """
    zone = load_zone(name)
    transitions: list[int] = []
    time, offset = _BEGIN, _offset(zone, _BEGIN)
    offsets = [offset]
    while time < _END:
        later = time + _STEP
        next_offset = _offset(zone, later)
        if next_offset != offset:
            transitions.append(_first_second(zone, time, later))
            offsets.append(next_offset)
        time, offset = later, next_offset
    return ZoneRules(name=name, tz_version=tzdata.IANA_VERSION, transitions=transitions, offsets=offsets)


def load_zone(name: str) -> ZoneInfo:
    """Return a zone of the package `tzdata`, not of this machine. Raise `ValueError` for a name that it does not have."""
    names = files(tzdata).joinpath("zones").read_text(encoding="utf-8").split()
    if name not in names:
        raise ValueError(f"zone must be a name of the tz database, as America/New_York or UTC. Received: {name!r}")
    with files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _offset(zone: ZoneInfo, time: datetime) -> int:
    offset = time.astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def _first_second(zone: ZoneInfo, time: datetime, later: datetime) -> int:
    """Return the first second since 1970 with the offset of `later`, by bisection."""
    low, high = (int((moment - _EPOCH).total_seconds()) for moment in (time, later))
    last = _offset(zone, later)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, _EPOCH + timedelta(seconds=middle)) == last:
            high = middle
        else:
            low = middle
    return high
