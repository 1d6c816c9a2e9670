"""Propose splits by a time that the data has, for a person to take: the proposed request divides by a hash all the same.

| finding | proposed |
|---|---|
| a date or a time in nearly every row, as ISO 8601 writes it or of a type of its own, in twenty hours or more | shares of it |
| its name is that of a birth or an expiry | nothing: such a time is not when a row came about |

A model is used on rows that come after those that it learned from, and a random split tests it on rows among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.dataset.requested_splits import SplitTimes
from contracts.errors import InvalidData
from contracts.messages.schemas import TimeSplitsProposal
from contracts.schema import SPLIT_NAMES, SplitName
from preprocessing.assignment.splitters.by_time import TimeSplitter, since_1970
from preprocessing.assignment.splitters.time_shares import with_bounds
from preprocessing.proposals.decide_kind import TIMES_SHARE
from preprocessing.proposals.sampled_columns import MISSING, Column
from preprocessing.proposals.whole_numbers import words_of
from sources.arrays import Int64s
from sources.values.instants import instants

SHARES: dict[SplitName, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
FEWEST_HOURS = 20
PRESENT_SHARE = 0.95
LEAST_OF_SHARE = 0.5
"""Share of its rows that a split gets at least, since rows of one hour stay together."""
_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_OTHER_THINGS = frozenset(
    {"birth", "birthdate", "birthday", "born", "dob", "expiry", "expires", "expiration", "due"}
)


def text_times(columns: Mapping[str, Column]) -> dict[str, pa.Array]:
    """Return the columns whose values are all times as ISO 8601 writes them: microseconds since 1970 in UTC, int64 [rows]."""
    times: dict[str, pa.Array] = {}
    for name, column in columns.items():
        if not column.present or column.share(column.times) < TIMES_SHARE:
            continue
        distinct, wrong = instants(column.values)
        if not wrong:
            codes = pa.array(column.codes, mask=column.codes == MISSING)
            times[name] = distinct.take(codes)
    return times


def propose_time_splits(times: Mapping[str, pa.Array]) -> list[TimeSplitsProposal]:
    """Return the proposals, first of times in whose order the rows are, then of those that are missing in the fewest rows.

    `times`: microseconds since 1970 in UTC of the sampled rows, int64 [rows], null where missing.
    """
    pairs = [pair for name, column in times.items() for pair in _proposal(name, column)]
    return [proposal for _, proposal in sorted(pairs, key=lambda pair: pair[0])]


def _proposal(name: str, times: pa.Array) -> Iterator[tuple[tuple[bool, int], TimeSplitsProposal]]:
    present: Int64s = times.drop_null().to_numpy(zero_copy_only=False)
    if len(present) < max(PRESENT_SHARE * len(times), 1) or _OF_OTHER_THINGS.intersection(words_of(name)):
        return
    hours = Counter[int](np.floor_divide(present, _HOUR).tolist())
    if len(hours) < FEWEST_HOURS:
        return
    rows = _rows_by_split(name, present, hours)
    if any(rows[split] < LEAST_OF_SHARE * share * len(present) for split, share in SHARES.items()):
        return
    days = len(np.unique(np.floor_divide(present, _DAY)))
    first, last = _text(int(present.min())), _text(int(present.max()))
    is_in_order = bool((np.diff(present) >= 0).all())
    order = ", and the rows are in their order" if is_in_order else ""
    reason = (
        f"its times in the sample are from {first} to {last}, on {days:,} days{order}: "
        "where the model is used on rows that come later, splits by this time test it as it is used; take them in place of "
        "the request's"
    )
    yield (
        (not is_in_order, times.null_count),
        TimeSplitsProposal(
            column=name,
            splits=_request(name),
            first=first,
            last=last,
            days=days,
            hours=len(hours),
            missing=times.null_count,
            rows=rows,
            reason=reason,
        ),
    )


def _rows_by_split(name: str, present: Int64s, hours: Counter[int]) -> dict[SplitName, int]:
    """Return the rows of the sample in each split; none where the hours are too few."""
    try:
        splitter = with_bounds(TimeSplitter(SplitTimes(column=name, shares=SHARES)), [hours])
    except InvalidData:
        return dict.fromkeys(SPLIT_NAMES, 0)
    begins = [since_1970(str(bound)) for bound in splitter.times.bounds.values()]
    counts = np.bincount(np.searchsorted(np.array(begins), present, side="right"), minlength=len(SPLIT_NAMES))
    return dict(zip(SPLIT_NAMES, counts.tolist(), strict=True))


def _request(name: str) -> dict[str, Any]:
    return {"time": {"column": name, "shares": dict(SHARES)}}


def _text(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
