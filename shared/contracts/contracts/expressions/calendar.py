"""The Gregorian calendar in whole numbers, in operations that arrays of NumPy and tensors of TensorFlow both have.

So the formulas are written once. All of them take and return int64 of any shape, and need no branch.
Source: Howard Hinnant, chrono-compatible low-level date algorithms (days_from_civil, civil_from_days).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar

MICROSECONDS = 1_000_000
SECONDS_OF_DAY = 86_400
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""The first and the last second of the years 1 to 9999, in UTC, since 1970."""

_DAYS_OF_ERA = 146_097
_DAYS_BEFORE_1970 = 719_468


class Whole(Protocol):
    """Whole numbers with floor division."""

    def __add__(self, other: Any, /) -> Self: ...
    def __sub__(self, other: Any, /) -> Self: ...
    def __mul__(self, other: Any, /) -> Self: ...
    def __floordiv__(self, other: Any, /) -> Self: ...
    def __mod__(self, other: Any, /) -> Self: ...


W = TypeVar("W", bound=Whole)


def year_month_day(days: W) -> tuple[W, W, W]:
    """Return year, month and day of the month for days since 1970-01-01."""
    shifted = days + _DAYS_BEFORE_1970
    era = shifted // _DAYS_OF_ERA
    day_of_era = shifted - era * _DAYS_OF_ERA
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (year_of_era * 365 + year_of_era // 4 - year_of_era // 100)
    march_based = (day_of_year * 5 + 2) // 153
    next_year = march_based // 10
    return (
        year_of_era + era * 400 + next_year,
        march_based + 3 - next_year * 12,
        day_of_year - (march_based * 153 + 2) // 5 + 1,
    )


def days_of(year: W, month: W | int, day: W | int) -> W:
    """Return the days from 1970-01-01 to a date."""
    march_based = (year * 0 + month + 9) % 12
    shifted = year - march_based // 10
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (march_based * 153 + 2) // 5 + day - 1
    return (
        era * _DAYS_OF_ERA + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - _DAYS_BEFORE_1970
    )


def year(days: W) -> W:
    """Return the year."""
    return year_month_day(days)[0]


def quarter(days: W) -> W:
    """Return the quarter, 1 to 4."""
    return (month(days) + 2) // 3


def month(days: W) -> W:
    """Return the month, 1 to 12."""
    return year_month_day(days)[1]


def day(days: W) -> W:
    """Return the day of the month, 1 to 31."""
    return year_month_day(days)[2]


def day_of_year(days: W) -> W:
    """Return the day of the year, 1 to 366."""
    return days - days_of(year(days), 1, 1) + 1


def weekday(days: W) -> W:
    """Return the day of the week, 0 for Monday to 6."""
    return (days + 3) % 7


def day_of_week(days: W) -> W:
    """Return the day of the week, 1 for Sunday to 7."""
    return (days + 4) % 7 + 1


def week_of_year(days: W) -> W:
    """Return the ISO 8601 week, 1 to 53: that of the year in which its Thursday is."""
    thursday = days - weekday(days) + 3
    return (thursday - days_of(year(thursday), 1, 1)) // 7 + 1


PARTS_OF_DATES: dict[str, Callable[[Any], Any]] = {
    "year": year,
    "quarter": quarter,
    "month": month,
    "day": day,
    "dayofyear": day_of_year,
    "dayofweek": day_of_week,
    "weekday": weekday,
    "weekofyear": week_of_year,
}
"""Operations of `DatePart`, from days since 1970."""


def first_of_year(days: W) -> W:
    """Return the first day of the year."""
    return days_of(year(days), 1, 1)


def first_of_quarter(days: W) -> W:
    """Return the first day of the quarter."""
    of_year, of_month, _ = year_month_day(days)
    return days_of(of_year, (of_month - 1) // 3 * 3 + 1, 1)


def first_of_month(days: W) -> W:
    """Return the first day of the month."""
    return days - day(days) + 1


def first_of_week(days: W) -> W:
    """Return the Monday of the week."""
    return days - weekday(days)


FIRST_DAYS: dict[str, Callable[[Any], Any]] = {
    "year": first_of_year,
    "quarter": first_of_quarter,
    "month": first_of_month,
    "week": first_of_week,
}
"""Units of `TruncateDate` that are longer than a day."""

SECONDS_OF_UNITS = {"day": SECONDS_OF_DAY, "hour": 3600, "minute": 60, "second": 1}
"""The other units of `TruncateDate`."""

PARTS_OF_TIMES: dict[str, tuple[int, int]] = {"hour": (3600, 24), "minute": (60, 60), "second": (1, 60)}
"""Operations of `DatePart` on the time of day: seconds of one, and how many there are."""

MICROSECONDS_OF_UNITS = {
    "hours": 3_600_000_000,
    "minutes": 60_000_000,
    "seconds": 1_000_000,
    "milliseconds": 1000,
    "microseconds": 1,
}
"""Units of `DateDifference` without `days`."""

MICROSECONDS_OF_UNIX = {"seconds": 1_000_000, "millis": 1000, "micros": 1}
"""Last words of the operations of `UnixTime` and `InstantOfUnixTime`."""
