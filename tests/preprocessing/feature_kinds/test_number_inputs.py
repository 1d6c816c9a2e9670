"""Numbers to model inputs, value by value in plain Python."""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.input_rules import BucketInput, NumericInput
from preprocessing.feature_kinds.number_inputs import bucket, scale

FLOATS = st.floats(width=32, allow_infinity=False)
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)


@given(
    values=st.lists(FLOATS, max_size=20),
    fill=st.one_of(st.none(), FINITE),
    edges=st.one_of(st.none(), st.tuples(FINITE, FINITE)),
    log=st.booleans(),
    center=st.floats(-1e6, 1e6),
    divisor=st.floats(1e-3, 1e6),
    bound=st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_scaling(
    values: list[float],
    fill: float | None,
    edges: tuple[float, float] | None,
    log: bool,
    center: float,
    divisor: float,
    bound: float | None,
) -> None:
    low, high = (None, None) if edges is None else (min(edges), max(edges))
    rule = NumericInput("x", fill, center, divisor, low, high, log, bound=bound)
    found = scale(np.array(values, np.float32), rule)
    assert found.dtype == np.float32
    assert not np.isnan(found).any()
    for value, final in zip(values, found.tolist(), strict=True):
        if math.isnan(value) and fill is None:
            assert final == 0.0
            continue
        number = fill or 0.0 if math.isnan(value) else value
        if low is not None and high is not None:
            number = min(max(number, low), high)
        if log:
            number = math.copysign(math.log1p(abs(number)), number)
        with np.errstate(over="ignore"):
            scaled = (number - center) / divisor
            expected = float(np.float32(scaled if bound is None else min(max(scaled, -bound), bound)))
        assert final == expected or math.isclose(final, expected, rel_tol=1e-6, abs_tol=1e-9)


@given(
    values=st.lists(FLOATS, max_size=20),
    bounds=st.lists(FINITE, max_size=8, unique=True).map(sorted),
    fill=st.one_of(st.none(), FINITE),
)
def test_buckets(values: list[float], bounds: list[float], fill: float | None) -> None:
    values += bounds
    found = bucket(np.array(values, np.float32), BucketInput("x", fill, tuple(bounds)))
    assert found.dtype == np.int32
    for value, final in zip(values, found.tolist(), strict=True):
        if math.isnan(value) and fill is None:
            assert final == 0
            continue
        number = fill or 0.0 if math.isnan(value) else value
        number = number if abs(number) >= 2.0**-126 else 0.0
        assert final == 1 + bisect_right(bounds, number)
