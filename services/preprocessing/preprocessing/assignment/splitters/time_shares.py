"""Shares of the rows in the order of their times: a pass of its own counts rows by hour, from which follows when splits begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from contracts.errors import InvalidData
from contracts.schema import SPLIT_NAMES
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.assignment.splitters.by_time import TimeSplitter
from preprocessing.assignment.work import Work, row_location, source_batches
from sources.rejects import Rejects

_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Hours = Counter[int]
"""Rows by hours since 1970 in UTC."""


def count_hours(work: Work, part: int) -> Hours:
    """Count the rows of one range by the hour of their time; those without one are left out.

    Raises `InvalidData` for a value that is no time.
    """
    assert isinstance(work.splitter, TimeSplitter)
    counts: Hours = Counter()
    rejects = Rejects(work.max_bad_records) if work.max_bad_records else None
    position = 0
    for rows in source_batches(work, part, [], rejects, written=work.split_written):
        place = partial(row_location, work, part, position, rejects)
        times = work.splitter.compared(work, SplitBatch(rows, work.plan.ranges[part].file, place)).drop_null()
        hours, of_hours = np.unique(np.floor_divide(times.to_numpy(zero_copy_only=False), _HOUR), return_counts=True)
        counts.update(dict(zip(hours.tolist(), of_hours.tolist(), strict=True)))
        position += rows.num_rows
    return counts


def with_bounds(splitter: TimeSplitter, parts: Iterable[Hours]) -> TimeSplitter:
    """Return the splitter with the hours at which its splits begin: those before which the shares of rows are closest.

    Raises `InvalidData` where a split with a share would have no row.
    """
    shares = splitter.times.shares
    assert shares is not None
    counts = sum(parts, Hours())
    hours = sorted(counts)
    before = np.cumsum([0, *(counts[hour] for hour in hours)])  # rows before each hour, and all of them
    ends = np.cumsum([shares.get(split, 0.0) for split in SPLIT_NAMES]) * before[-1]
    cuts = [int(np.argmin(np.abs(before - end))) for end in ends[:-1]]
    begins: dict[str, Any] = {}
    for split, cut, end in zip(SPLIT_NAMES[1:], cuts, [*cuts[1:], len(hours)], strict=True):
        if not shares.get(split):
            continue
        if not 0 < cut < end:
            raise InvalidData(
                f"the times of {before[-1]} rows are in {len(hours)} hours, too few for the shares: no row is left for {split} "
                "or train, since rows of one hour stay together. Choose other shares, or a split_key",
                pointer="/splits/time/shares",
            )
        begins[f"{split}_from"] = (_EPOCH + timedelta(hours=hours[cut])).isoformat()
    return replace(splitter, times=splitter.times.model_copy(update={"shares": None, **begins}))
