"""Dates and times of day of instants, in the expression's zone."""

from __future__ import annotations

import tensorflow as tf

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
from modeling.layers.expressions.arithmetic import multiply_integers
from modeling.layers.expressions.nullable import Nullable, all_valid
from modeling.layers.expressions.zone_offsets import ZoneOffsets


def date_part(node: DatePart, operand: Nullable, zone: ZoneOffsets) -> Nullable:
    """Return a part of the date or time of day."""
    seconds, has_date = _seconds(operand)
    wall = seconds + zone.of_instants(seconds)
    if node.op in PARTS_OF_TIMES:
        unit, count = PARTS_OF_TIMES[node.op]
        return Nullable(tf.math.floormod(wall // unit, count), has_date)
    return Nullable(PARTS_OF_DATES[node.op](wall // SECONDS_OF_DAY), has_date)


def truncate_date(node: TruncateDate, operand: Nullable, zone: ZoneOffsets) -> Nullable:
    """Return the first instant of a unit."""
    seconds, has_date = _seconds(operand)
    offset = zone.of_instants(seconds)
    wall = seconds + offset
    if node.unit in FIRST_DAYS:
        start = FIRST_DAYS[node.unit](wall // SECONDS_OF_DAY) * SECONDS_OF_DAY
        return Nullable((start - zone.of_wall_times(start)) * MICROSECONDS, has_date)
    unit = SECONDS_OF_UNITS[node.unit]
    start = wall // unit * unit
    keeps = zone.of_instants(start - offset) == offset
    return Nullable((start - tf.where(keeps, offset, zone.of_wall_times(start))) * MICROSECONDS, has_date)


def date_difference(node: DateDifference, start: Nullable, end: Nullable, zone: ZoneOffsets) -> Nullable:
    """Return the time between two instants on wall clocks."""
    (first, has_first), (last, has_last) = _seconds(start), _seconds(end)
    first_wall, last_wall = first + zone.of_instants(first), last + zone.of_instants(last)
    valid = has_first & has_last & all_valid(start, end)
    if node.unit == "days":
        return Nullable(last_wall // SECONDS_OF_DAY - first_wall // SECONDS_OF_DAY, valid)
    micros = (last_wall - first_wall) * MICROSECONDS + (
        tf.math.floormod(end.values, MICROSECONDS) - tf.math.floormod(start.values, MICROSECONDS)
    )
    unit = MICROSECONDS_OF_UNITS[node.unit]
    return Nullable((micros - tf.truncatemod(micros, tf.constant(unit, tf.int64))) // unit, valid)


def unix_time(node: UnixTime, operand: Nullable) -> Nullable:
    """Return the time since 1970, rounded down."""
    return Nullable(operand.values // _unit(node), operand.valid)


def instant_of_unix_time(node: InstantOfUnixTime, operand: Nullable) -> Nullable:
    """Return instants, invalid outside of int64."""
    micros, fits = multiply_integers(operand.values, tf.constant(_unit(node), tf.int64))
    return Nullable(micros, operand.valid & fits)


def _unit(node: UnixTime | InstantOfUnixTime) -> int:
    return MICROSECONDS_OF_UNIX[node.op.rpartition("_")[2]]


def _seconds(operand: Nullable) -> tuple[tf.Tensor, tf.Tensor]:
    """Return seconds since 1970 in UTC, 0 without a date, and where there is one."""
    seconds = operand.values // MICROSECONDS
    has_date = operand.valid & (seconds >= FIRST_SECOND) & (seconds <= LAST_SECOND)
    return tf.where(has_date, seconds, tf.zeros_like(seconds)), has_date
