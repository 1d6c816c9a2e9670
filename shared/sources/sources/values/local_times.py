"""Times of a zone's clocks as instants in UTC."""

from __future__ import annotations

from functools import lru_cache

from contracts.expressions import ZoneRules
from sources.arrays import Int64s
from sources.values.zone_offsets import ZoneOffsets

_SECOND = 1_000_000


def in_utc(micros: Int64s, zone: ZoneRules) -> Int64s:
    """Return the instants, in microseconds since 1970, at which the zone's clocks showed these; int64 [rows].

    A time that was shown twice is the first of the two, and one that was skipped is later by the gap.
    """
    offsets = _zone_offsets(zone.name, zone.tz_version, tuple(zone.transitions), tuple(zone.offsets))
    return micros - offsets.of_wall_times(micros // _SECOND) * _SECOND


@lru_cache(maxsize=64)
def _zone_offsets(name: str, tz_version: str, transitions: tuple[int, ...], offsets: tuple[int, ...]) -> ZoneOffsets:
    return ZoneOffsets(
        ZoneRules(name=name, tz_version=tz_version, transitions=list(transitions), offsets=list(offsets))
    )
