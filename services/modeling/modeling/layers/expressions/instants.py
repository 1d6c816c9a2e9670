"""Dates and times of day of instants, in the expression's zone."""

from __future__ import annotations

from dataclasses import dataclass

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
from modeling.layers.expressions.nullable import Nullable
from modeling.layers.expressions.zone_offsets import ZoneOffsets


@dataclass(frozen=True)
class WallClock:
    """Instants in a zone: in UTC and on its wall clocks, in seconds since 1970, and the zone's offset, int64 [rows].

    `has_date`: bool [rows], the rows with an instant between the first and the last date; without one, seconds are 0.
    """

    instants: Nullable
    zone: ZoneOffsets
    seconds: tf.Tensor
    offset: tf.Tensor
    has_date: tf.Tensor

    @classmethod
    def of(cls, instants: Nullable, zone: ZoneOffsets) -> WallClock:
        """Look up the offsets of instants."""
        seconds = instants.values // MICROSECONDS
        has_date = instants.valid & (seconds >= FIRST_SECOND) & (seconds <= LAST_SECOND)
        seconds = tf.where(has_date, seconds, tf.zeros_like(seconds))
        return cls(instants, zone, seconds, zone.of_instants(seconds), has_date)

    @property
    def wall(self) -> tf.Tensor:
        """The time of the wall clock, in seconds since 1970 there."""
        return self.seconds + self.offset


def date_part(node: DatePart, clock: WallClock) -> Nullable:
    """Return a part of the date or time of day."""
    if node.op in PARTS_OF_TIMES:
        unit, count = PARTS_OF_TIMES[node.op]
        return Nullable(tf.math.floormod(clock.wall // unit, count), clock.has_date)
    return Nullable(PARTS_OF_DATES[node.op](clock.wall // SECONDS_OF_DAY), clock.has_date)


def truncate_date(node: TruncateDate, clock: WallClock) -> Nullable:
    """Return the first instant of a unit."""
    zone, offset, wall = clock.zone, clock.offset, clock.wall
    if node.unit in FIRST_DAYS:
        start = FIRST_DAYS[node.unit](wall // SECONDS_OF_DAY) * SECONDS_OF_DAY
        return Nullable((start - zone.of_wall_times(start)) * MICROSECONDS, clock.has_date)
    unit = SECONDS_OF_UNITS[node.unit]
    start = wall // unit * unit
    keeps = zone.of_instants(start - offset) == offset
    return Nullable((start - tf.where(keeps, offset, zone.of_wall_times(start))) * MICROSECONDS, clock.has_date)


def date_difference(node: DateDifference, start: WallClock, end: WallClock) -> Nullable:
    """Return the time between two instants on wall clocks."""
    valid = start.has_date & end.has_date
    if node.unit == "days":
        return Nullable(end.wall // SECONDS_OF_DAY - start.wall // SECONDS_OF_DAY, valid)
    micros = (end.wall - start.wall) * MICROSECONDS + (
        tf.math.floormod(end.instants.values, MICROSECONDS) - tf.math.floormod(start.instants.values, MICROSECONDS)
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
