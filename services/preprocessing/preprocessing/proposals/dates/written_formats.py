"""Find the formats in which all sampled values of a column are dates or times.

| finding | format |
|---|---|
| all values are dates or times as ISO 8601 writes them | `auto` |
| all are of usual patterns, as `%m/%d/%Y %H:%M` | those patterns; of two that differ, a person decides |
| whole numbers that are days as digits, from 1900 to 2100, under a name of a date | `%Y%m%d` |
| numbers that are Unix times of the years 2000 to 2100, under a name of a time | `unix_s`, `unix_ms`, `unix_us`, `unix_ns` |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa

from contracts.features.time_formats import AUTO, UNIX_UNITS, TimeFormat
from preprocessing.proposals.decide_kind import TIMES_SHARE
from preprocessing.proposals.sampled_columns import Column
from preprocessing.proposals.whole_numbers import words_of
from sources.values.instants import instants

_DATES = (
    *("%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y"),
    *("%m/%d/%y", "%d/%m/%y", "%m-%d-%y", "%d-%m-%y", "%d.%m.%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%B-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%Y-%m-%d"),
)
_CLOCKS = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    "T%H:%M",
    "T%H:%M:%S",
    " %H:%M:%S %z",
)
_TRIED = 20
"""Values by which most patterns are refused."""
_DAY_WORDS = frozenset({"date", "day", "dt"})
_TIME_WORDS = frozenset({"ts", "time", "timestamp", "datetime", "date", "epoch", "unixtime", "at"})
_YEAR = 365.2425 * 86_400e6
_NINETEEN_HUNDRED, _TWO_THOUSAND, _TWENTY_ONE_HUNDRED = (years * _YEAR for years in (-70, 30, 130))


@dataclass(frozen=True)
class WrittenDates:
    """A column's distinct values in one format: microseconds since 1970, int64 [distinct]."""

    format: str
    micros: pa.Array


def written_dates(column: Column) -> list[WrittenDates]:
    """Return the formats in which all values are times, of month's names the first; empty if there is none."""
    if column.are_numbers.all():
        return [*_numbers(column)]
    if column.share(column.times) < TIMES_SHARE:
        return []
    iso = _read(column.values, AUTO)
    if iso is not None:
        return [iso]
    different: list[WrittenDates] = []
    for date, clock in product(_DATES, _CLOCKS):
        pattern = date + clock
        if _read(column.values[:_TRIED], pattern) is None:
            continue
        dates = _read(column.values, pattern)
        is_known = any(_by_short_names(other.format) == _by_short_names(pattern) for other in different)
        if dates is not None and not is_known:
            different.append(dates)
    return different


def _by_short_names(pattern: str) -> str:
    """Return the pattern with `May` as a short name, which is the long one, too."""
    return pattern.replace("%B", "%b")


def _numbers(column: Column) -> Iterator[WrittenDates]:
    words = words_of(column.name)
    if not words:
        return
    if _DAY_WORDS.intersection(words) and column.wholes.all():
        days = _read(pa.array(column.whole_numbers()), "%Y%m%d")
        if days is not None and _are_between(days.micros, _NINETEEN_HUNDRED):
            yield days
            return
    if words[-1] not in _TIME_WORDS:
        return
    numbers = pa.array(column.whole_numbers()) if column.wholes.all() else pa.array(column.numbers)
    for unit in UNIX_UNITS:
        times = _read(numbers, unit)
        if times is not None and _are_between(times.micros, _TWO_THOUSAND):
            yield times


def _read(values: pa.Array, written: str) -> WrittenDates | None:
    micros, wrong = instants(values, TimeFormat(format=written))
    return None if wrong or micros.null_count else WrittenDates(written, micros)


def _are_between(micros: pa.Array, first: float) -> bool:
    times = micros.to_numpy()
    return bool(np.all((times >= first) & (times < _TWENTY_ONE_HUNDRED)))
