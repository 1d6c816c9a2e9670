"""Propose a column of dates or times as a `datetime`, of the parts that vary in the sample.

| finding | proposed |
|---|---|
| more than one month, weekday, hour | that part: they come again, in data of other years as well |
| one of each | excluded, `datetime`: the column tells rows nothing that its parts would |
| two or more parts are columns of their own, by their names | excluded, `datetime` |
| values of two formats, as 01/02/2013 | excluded, `datetime`: a person chooses |

A year is not proposed: a model knows only those that it was trained on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from contracts.features import DatePart
from contracts.features.time_formats import AUTO
from contracts.messages.schemas import Flag
from preprocessing.proposals.dates.written_formats import WrittenDates
from preprocessing.proposals.decide_kind import Decision
from sources.arrays import Int64s

_DAY, _HOUR = 86_400_000_000, 3_600_000_000
_PARTS: tuple[DatePart, ...] = ("month", "weekday", "hour")
_OWN_PARTS = frozenset(
    {"year", "quarter", "month", "week", "day", "weekday", "hour", "minute", "dayofweek", "day_of_week"}
)
_FEWEST_PARTS = 2
"""Parts that are columns of their own, from which on a date has nothing to add."""


def propose_date(name: str, written: Sequence[WrittenDates], others: Collection[str]) -> Decision | None:
    """Return the proposal for a column of dates, in the formats that all its values have; None without a format.

    `others`: the names of the other columns.
    """
    if not written:
        return None
    if len(written) > 1:
        shown = " or ".join(dates.format for dates in written)
        why = f"its values are written as {shown}: choose one as the format of a datetime"
        return _excluded(name, why, {"formats": [dates.format for dates in written]})
    return _of_times(name, written[0], others)


def _of_times(name: str, dates: WrittenDates, others: Collection[str]) -> Decision:
    micros: Int64s = dates.micros.drop_null().to_numpy(zero_copy_only=False)
    values = _parts(micros)
    seen = {part: len(np.unique(values[part])) for part in _PARTS}
    evidence: dict[str, Any] = {
        "format": dates.format,
        "first": _text(micros.min()),
        "last": _text(micros.max()),
        **seen,
    }
    own = sorted(other for other in others if other.lower() in _OWN_PARTS)
    if len(own) >= _FEWEST_PARTS:
        why = f"dates do not repeat, and their parts are columns of their own ({', '.join(own)})"
        return _excluded(name, why, evidence | {"columns": own})
    parts = [part for part in _PARTS if seen[part] > 1]
    if not parts:
        return _excluded(name, "dates do not repeat, and all have one month, weekday and hour", evidence)
    written = "ISO 8601 writes them" if dates.format == AUTO else f"{dates.format} has them"
    reason = (
        f"dates or times as {written}, from {evidence['first']} to {evidence['last']}: a model learns their parts, of which "
        f"{', '.join(parts)} {'vary' if len(parts) > 1 else 'varies'}"
    )
    advice = "times without an offset are read in UTC, where no zone is given; days since a date are another feature, `since`"
    flag = Flag(column=name, kind="datetime", reason=f"{reason}; {advice}", evidence=evidence)
    options = {"parts": parts} if dates.format == AUTO else {"format": dates.format, "parts": parts}
    return Decision("datetime", reason, options, (flag,))


def _excluded(name: str, why: str, evidence: dict[str, Any]) -> Decision:
    flag = Flag(column=name, kind="datetime", reason=f"{why}; proposed in exclude", evidence=evidence)
    return Decision("excluded", why, {}, (flag,))


def _parts(micros: Int64s) -> dict[DatePart, Int64s]:
    days = micros // _DAY
    return {
        "month": days.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12,
        "weekday": (days + 3) % 7,
        "hour": micros % _DAY // _HOUR,
    }


def _text(micros: int) -> str:
    return f"{np.datetime64(int(micros), 'us').astype('M8[s]')}Z"
