"""Instants: parts of dates, truncation and differences, in the zone of the expression.

An instant outside of the years 1 to 9999 has no date, so that these are null. Differences are of wall clocks, as in Spark; those
of elapsed time are differences of `unix_seconds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from contracts.expressions.nodes.node import Node, OfOne, ResultType, expect

if TYPE_CHECKING:
    from contracts.expressions.nodes.any_node import AnyNode


class DatePart(OfOne):
    """A part of the date or time of day. `dayofweek`: 1 is Sunday; `weekday`: 0 is Monday; `weekofyear`: ISO 8601."""

    op: Literal[
        "year", "quarter", "month", "day", "dayofyear", "dayofweek", "weekday", "weekofyear", "hour", "minute", "second"
    ]

    @property
    def result_type(self) -> ResultType:
        """Return integer."""
        return "integer"

    def check(self) -> None:
        """Raise `ValueError` for other than an instant."""
        expect(self.op, self.operand, "instant")


class TruncateDate(OfOne):
    """The first instant of the year, quarter, month, week (from Monday), day, hour, minute or second.

    A start that the clock skipped is later by what it skipped. Of a start that happened twice it is the earlier, and from the
    week down the one with the offset of the operand.
    """

    op: Literal["date_trunc"] = "date_trunc"
    unit: Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]

    @property
    def result_type(self) -> ResultType:
        """Return instant."""
        return "instant"

    def check(self) -> None:
        """Raise `ValueError` for other than an instant."""
        expect(self.op, self.operand, "instant")


class DateDifference(Node):
    """The time from `start` to `end` on wall clocks: `days` between the dates, else in whole units, towards zero."""

    op: Literal["datediff"] = "datediff"
    unit: Literal["days", "hours", "minutes", "seconds", "milliseconds", "microseconds"] = "days"
    start: AnyNode
    end: AnyNode

    @property
    def operands(self) -> tuple[AnyNode, ...]:
        """Return start and end."""
        return (self.start, self.end)

    @property
    def result_type(self) -> ResultType:
        """Return integer."""
        return "integer"

    def check(self) -> None:
        """Raise `ValueError` for other than instants."""
        for operand in self.operands:
            expect(self.op, operand, "instant")


class UnixTime(OfOne):
    """Seconds, milliseconds or microseconds since 1970 in UTC, rounded down. No zone is needed."""

    op: Literal["unix_seconds", "unix_millis", "unix_micros"]

    @property
    def result_type(self) -> ResultType:
        """Return integer."""
        return "integer"

    def check(self) -> None:
        """Raise `ValueError` for other than an instant."""
        expect(self.op, self.operand, "instant")


class InstantOfUnixTime(OfOne):
    """The instant of a whole number of seconds, milliseconds or microseconds since 1970; null if it leaves int64."""

    op: Literal["timestamp_seconds", "timestamp_millis", "timestamp_micros"]

    @property
    def result_type(self) -> ResultType:
        """Return instant."""
        return "instant"

    def check(self) -> None:
        """Raise `ValueError` for other than a whole number."""
        expect(self.op, self.operand, "integer")
