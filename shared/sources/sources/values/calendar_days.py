"""Days of the Gregorian calendar, by whole columns."""

from __future__ import annotations

from functools import cache

import numpy as np

from sources.arrays import Int32s

_MONTHS = 12 * 10_000


@cache
def begins_of_months() -> Int32s:
    """Return the days since 1970 of the first of each month, from January of the year 0 on: int32 [months + 1]."""
    return np.arange(-1970 * 12, _MONTHS + 1 - 1970 * 12).astype("M8[M]").astype("M8[D]").astype(np.int32)
