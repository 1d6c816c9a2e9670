"""Dates and times of day of instants, in the expression's zone."""

from __future__ import annotations

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
from sources.expressions.values import Bools, Int64s, Values, all_valid
from sources.values.zone_offsets import ZoneOffsets


def date_part(node: DatePart, operand: Values, zone: ZoneOffsets) -> Values:
    """Return a part of the date or time of day."""
    seconds, has_date = _seconds(operand)
    wall = seconds + zone.of_instants(seconds)
    if node.op in PARTS_OF_TIMES:
        unit, count = PARTS_OF_TIMES[node.op]
        return Values(wall // unit % count, has_date)
    return Values(PARTS_OF_DATES[node.op](wall // SECONDS_OF_DAY), has_date)


def truncate_date(node: TruncateDate, operand: Values, zone: ZoneOffsets) -> Values:
    """Return the first instant of a unit."""
    seconds, has_date = _seconds(operand)
    offset = zone.of_instants(seconds)
    wall = seconds + offset
    if node.unit in FIRST_DAYS:
        start = FIRST_DAYS[node.unit](wall // SECONDS_OF_DAY) * SECONDS_OF_DAY
        return Values((start - zone.of_wall_times(start)) * MICROSECONDS, has_date)
    unit = SECONDS_OF_UNITS[node.unit]
    start = wall // unit * unit
    keeps = zone.of_instants(start - offset) == offset
    return Values((start - np.where(keeps, offset, zone.of_wall_times(start))) * MICROSECONDS, has_date)


def date_difference(node: DateDifference, start: Values, end: Values, zone: ZoneOffsets) -> Values:
    """Return the time between two instants on wall clocks."""
    (first, has_first), (last, has_last) = _seconds(start), _seconds(end)
    first_wall, last_wall = first + zone.of_instants(first), last + zone.of_instants(last)
    valid = has_first & has_last & all_valid(start, end)
    if node.unit == "days":
        return Values(last_wall // SECONDS_OF_DAY - first_wall // SECONDS_OF_DAY, valid)
    micros = (last_wall - first_wall) * MICROSECONDS + (end.data % MICROSECONDS - start.data % MICROSECONDS)
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


def _seconds(operand: Values) -> tuple[Int64s, Bools]:
    """Return seconds since 1970 in UTC, 0 without a date, and where there is one."""
    seconds = operand.data // MICROSECONDS
    has_date = operand.valid & (seconds >= FIRST_SECOND) & (seconds <= LAST_SECOND)
    return np.where(has_date, seconds, 0), has_date
