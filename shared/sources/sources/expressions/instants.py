"""Dates and times of day of instants, in the expression's zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.expressions.calendar import (
    FIRST_DAYS,
    FIRST_SECOND,
    LAST_SECOND,
    MICROSECONDS,
    MICROSECONDS_OF_UNITS,
    MICROSECONDS_OF_UNIX,
    PARTS_OF_DATES,
    PARTS_OF_TIMES,
    SECONDS_OF_DAY,
    SECONDS_OF_UNITS,
)
from contracts.expressions.nodes.instants import DateDifference, DatePart, InstantOfUnixTime, TruncateDate, UnixTime
from sources.expressions.arithmetic import multiply_integers
from sources.expressions.values import Bools, Int64s, Values
from sources.values.zone_offsets import ZoneOffsets


@dataclass(frozen=True)
class WallClock:
    """Instants in a zone: in UTC and on its wall clocks, in seconds since 1970, and the zone's offset, int64 [rows].

    `has_date`: bool [rows], the rows with an instant between the first and the last date; without one, seconds are 0.
    """

    instants: Values
    zone: ZoneOffsets
    seconds: Int64s
    offset: Int64s
    has_date: Bools

    @classmethod
    def of(cls, instants: Values, zone: ZoneOffsets) -> WallClock:
        """Look up the offsets of instants."""
        seconds = instants.data // MICROSECONDS
        has_date = instants.valid & (seconds >= FIRST_SECOND) & (seconds <= LAST_SECOND)
        seconds = np.where(has_date, seconds, 0)
        return cls(instants, zone, seconds, zone.of_instants(seconds), has_date)

    @property
    def wall(self) -> Int64s:
        """The time of the wall clock, in seconds since 1970 there."""
        return self.seconds + self.offset


def date_part(node: DatePart, clock: WallClock) -> Values:
    """Return a part of the date or time of day."""
    if node.op in PARTS_OF_TIMES:
        unit, count = PARTS_OF_TIMES[node.op]
        return Values(clock.wall // unit % count, clock.has_date)
    return Values(PARTS_OF_DATES[node.op](clock.wall // SECONDS_OF_DAY), clock.has_date)


def truncate_date(node: TruncateDate, clock: WallClock) -> Values:
    """Return the first instant of a unit."""
    zone, offset, wall = clock.zone, clock.offset, clock.wall
    if node.unit in FIRST_DAYS:
        start = FIRST_DAYS[node.unit](wall // SECONDS_OF_DAY) * SECONDS_OF_DAY
        return Values((start - zone.of_wall_times(start)) * MICROSECONDS, clock.has_date)
    unit = SECONDS_OF_UNITS[node.unit]
    start = wall // unit * unit
    keeps = zone.of_instants(start - offset) == offset
    return Values((start - np.where(keeps, offset, zone.of_wall_times(start))) * MICROSECONDS, clock.has_date)


def date_difference(node: DateDifference, start: WallClock, end: WallClock) -> Values:
    """Return the time between two instants on wall clocks."""
    valid = start.has_date & end.has_date
    if node.unit == "days":
        return Values(end.wall // SECONDS_OF_DAY - start.wall // SECONDS_OF_DAY, valid)
    micros = (end.wall - start.wall) * MICROSECONDS + (
        end.instants.data % MICROSECONDS - start.instants.data % MICROSECONDS
    )
    unit = MICROSECONDS_OF_UNITS[node.unit]
    return Values((micros - np.fmod(micros, unit)) // unit, valid)


def unix_time(node: UnixTime, operand: Values) -> Values:
    """Return the time since 1970, rounded down."""
    return Values(operand.data // _unit(node), operand.valid)


def instant_of_unix_time(node: InstantOfUnixTime, operand: Values) -> Values:
    """Return instants, null outside of int64."""
    micros, fits = multiply_integers(operand.data, _unit(node))
    return Values(micros, operand.valid & fits)


def _unit(node: UnixTime | InstantOfUnixTime) -> int:
    return MICROSECONDS_OF_UNIX[node.op.rpartition("_")[2]]
