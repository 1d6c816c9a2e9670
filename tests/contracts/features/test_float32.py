"""Numbers as the model sees them, against numpy; and null tokens that are numbers."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features.float32 import LARGEST_FLOAT32, float32, null_numbers


@given(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_a_float32_is_its_own(value: float) -> None:
    assert struct.pack("<d", float32(value)) == struct.pack("<d", value) or value == 0


@settings(max_examples=200)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_rounded_clamped_and_flushed(value: float) -> None:
    clamped = np.clip(value, -LARGEST_FLOAT32, LARGEST_FLOAT32)
    nearest = np.float32(clamped)
    assert float32(value) == (0.0 if abs(nearest) < np.finfo(np.float32).tiny else nearest)


def test_limits_of_a_float32() -> None:
    assert np.finfo(np.float32).max == LARGEST_FLOAT32
    assert float32(float("inf")) == LARGEST_FLOAT32
    assert float32(float("-inf")) == -LARGEST_FLOAT32
    assert float32(2.0**-126) == 2.0**-126
    assert float32(-(2.0**-127)) == 0.0


@pytest.mark.parametrize(
    ("token", "numbers"),
    [
        ("-999", [-999.0]),
        ("0", [0.0]),
        ("-0.0", [0.0]),
        ("1e-50", []),
        ("0.1", [float(np.float32(0.1))]),
        ("3.4028234663852886e38", [LARGEST_FLOAT32]),
        ("3.5e38", []),
        ("inf", []),
        ("nan", []),
        ("NA", []),
        ("", []),
    ],
)
def test_null_tokens_that_are_numbers(token: str, numbers: list[float]) -> None:
    assert null_numbers([token]) == numbers
