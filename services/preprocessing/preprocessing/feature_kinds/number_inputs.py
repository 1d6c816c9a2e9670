"""Numbers to model inputs: filled in, clipped, scaled or put into buckets; the numpy side of `contracts.input_rules`."""

from __future__ import annotations

import numpy as np

from contracts.features import FIRST_ID, MISSING_ID
from contracts.features.float32 import SMALLEST_NORMAL_FLOAT32
from contracts.input_rules import BucketInput, NumericInput
from sources.arrays import Float32s, Int32s


def scale(values: Float32s, rule: NumericInput) -> Float32s:
    """Fill in, clip, scale and bound one column: float32 [rows] with NaN for missing, to float32 [rows] without.

    Without a fill, a missing value becomes 0.
    """
    missing = np.isnan(values)
    filled = np.where(missing, np.float32(rule.fill or 0.0), values)
    if rule.low is not None and rule.high is not None:
        filled = np.minimum(np.maximum(filled, np.float32(rule.low)), np.float32(rule.high))
    doubles = filled.astype(np.float64)
    if rule.log:
        doubles = np.sign(doubles) * np.log1p(np.abs(doubles))
    doubles = (doubles - rule.center) / rule.divisor
    if rule.bound is not None:
        doubles = np.clip(doubles, -rule.bound, rule.bound)
    with np.errstate(over="ignore"):
        scaled = doubles.astype(np.float32)
    if rule.fill is None:
        scaled[missing] = 0.0
    return scaled


def bucket(values: Float32s, rule: BucketInput) -> Int32s:
    """Return the bucket of each number: float32 [rows] with NaN for missing, to int32 [rows].

    The bucket is 1 plus the number of bounds that are not above the number; 0 for a missing one, unless there is a fill.
    """
    missing = np.isnan(values)
    filled = np.where(missing, np.float32(rule.fill or 0.0), values)
    filled = np.where(np.abs(filled) < np.float32(SMALLEST_NORMAL_FLOAT32), np.float32(0.0), filled)
    bounds = np.array(rule.bounds, np.float32)
    ids = np.searchsorted(bounds, filled, side="right").astype(np.int32) + np.int32(FIRST_ID)
    if rule.fill is None:
        ids[missing] = MISSING_ID
    return ids
