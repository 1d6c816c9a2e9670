"""Numbers since 1970 as instants: microseconds since 1970 in UTC."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa

from contracts.features.time_formats import UnixUnit
from sources.arrays import Bools, Float64s, Int64s
from sources.values.number_tokens import decimal_doubles

_LARGEST = (1 << 63) - 1
_MICROSECONDS: dict[UnixUnit, int] = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}
_NANOSECONDS = 1_000


def unix_times(values: pa.Array, unit: UnixUnit) -> tuple[pa.Array, list[int]]:
    """Return microseconds since 1970, int64, null where missing, and the positions of numbers that are no time.

    `values`: whole numbers, floats or decimals. Null, NaN and infinities are missing. Seconds may have fractions, which are
    rounded to microseconds; nanoseconds are cut off to these. A fraction of any other unit, and a time beyond int64, is no time.
    """
    if pa.types.is_decimal(values.type):
        values = _plain_decimals(values, unit)
    is_present: Bools = values.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(values.type):
        doubles: Float64s = values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        is_present = np.isfinite(doubles)
        doubles = np.where(is_present, doubles, 0.0)
        floors = np.floor(doubles)
        is_time = np.abs(floors) < 2.0**63
        whole = np.where(is_time, floors, 0.0).astype(np.int64)
        parts = doubles - floors
        if unit != "unix_s":
            is_time &= parts == 0
        rest = np.rint(parts * _MICROSECONDS["unix_s"]).astype(np.int64)
    else:
        filled = cast("Int64s", values.fill_null(0).to_numpy(zero_copy_only=False))
        is_time = filled <= _LARGEST
        whole = np.where(is_time, filled, 0).astype(np.int64)
        rest = np.zeros(len(whole), np.int64)
    if unit == "unix_ns":
        micros = whole // _NANOSECONDS
    else:
        scale = _MICROSECONDS[unit]
        is_time &= np.abs(whole.clip(min=-_LARGEST)) < _LARGEST // scale + (scale == 1)
        micros = np.where(is_time, whole, 0) * scale
    if unit == "unix_s":
        micros += rest
    is_wrong = is_present & ~is_time
    return pa.array(micros, mask=~is_present | is_wrong), np.flatnonzero(is_wrong).tolist()


def _plain_decimals(values: pa.Array, unit: UnixUnit) -> pa.Array:
    """Return decimals as whole numbers, where they all are; else as the nearest doubles."""
    if unit != "unix_s":
        try:
            return values.cast(pa.int64())
        except pa.ArrowInvalid:
            pass
    return decimal_doubles(values)
