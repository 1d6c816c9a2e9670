"""Rows of each split over time, where a time decides: counted by day in each range, and joined into bins of equal length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from contracts.dataset.manifest import TimeBin
from contracts.schema import SPLIT_NAMES
from preprocessing.assignment.assign import LEFT_OUT
from preprocessing.assignment.splitters.base import NO_TIME, UNDATED
from sources.arrays import Int32s, Uint8s

_MOST_BINS = 100
_FIRST = date(1970, 1, 1).toordinal()
_CODES = 1 + len(SPLIT_NAMES)


class Timeline:
    """Rows of each split by day, of one range of the source."""

    def __init__(self) -> None:
        self.counts: dict[int, list[int]] = {}
        """Rows by the code of their split, by days since 1970 in UTC."""
        self.without_time = 0
        """Rows of a split that have no time."""

    def add(self, days: Int32s, codes: Uint8s) -> None:
        """Count rows; those of no split are left out. `days`: as in `Divided.days`, [rows]."""
        self.without_time += int(np.count_nonzero((days == NO_TIME) & (codes != LEFT_OUT)))
        kept = (days > UNDATED) & (codes != LEFT_OUT)
        pairs, rows = np.unique(days[kept].astype(np.int64) * _CODES + codes[kept], return_counts=True)
        for pair, count in zip(pairs.tolist(), rows.tolist(), strict=True):
            day, code = divmod(pair, _CODES)
            self.counts.setdefault(day, [0] * _CODES)[code] += count


def time_bins(parts: Iterable[Timeline]) -> list[TimeBin]:
    """Return the rows of all ranges in at most 100 bins of as many days each, from the first day to the last."""
    counts: dict[int, list[int]] = {}
    for part in parts:
        for day, rows in part.counts.items():
            counts[day] = [a + b for a, b in zip(counts.get(day, [0] * _CODES), rows, strict=True)]
    if not counts:
        return []
    first, last = min(counts), max(counts)
    width = -(-(last - first + 1) // _MOST_BINS)
    sums = [[0] * _CODES for _ in range((last - first) // width + 1)]
    for day, rows in counts.items():
        into = sums[(day - first) // width]
        into[:] = [a + b for a, b in zip(into, rows, strict=True)]
    begins = [first + width * index for index in range(len(sums))]
    return [
        TimeBin(
            first=_date(begin),
            last=_date(min(begin + width - 1, last)),
            rows=dict(zip(SPLIT_NAMES, rows[1:], strict=True)),
        )
        for begin, rows in zip(begins, sums, strict=True)
    ]


def _date(day: int) -> date:
    return date.fromordinal(_FIRST + day)
