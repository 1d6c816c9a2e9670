"""Unix times of numbers of any type, exactly."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.features.time_formats import UNIX_UNITS, TimeFormat, UnixUnit
from sources.values.text_values import Spelling, typed
from sources.values.unix_times import unix_times

PER_SECOND = {"unix_s": 1, "unix_ms": 10**3, "unix_us": 10**6, "unix_ns": 10**9}
INT64 = st.integers(-(2**63), 2**63 - 1)


def micros(count: int, unit: UnixUnit) -> int | None:
    value = count * 10**6 // PER_SECOND[unit]
    return value if -(2**63) <= value < 2**63 else None


@pytest.mark.parametrize("unit", UNIX_UNITS)
@given(st.lists(INT64))
def test_whole_numbers_are_exact_or_no_time(unit: UnixUnit, counts: list[int]) -> None:
    expected = [micros(count, unit) for count in counts]
    received, wrong = unix_times(pa.array(counts, pa.int64()), unit)
    edge = 10**7  # of the whole range, some last seconds or milliseconds may be no time
    for count, value, wanted in zip(counts, received.to_pylist(), expected, strict=True):
        assert value == wanted or (value is None and abs(count * 10**6 // PER_SECOND[unit]) > 2**63 - edge)
    assert wrong == [place for place, value in enumerate(received.to_pylist()) if value is None]


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        (
            pa.array([1.5, -0.25, 1e300, math.nan, math.inf, None]),
            "unix_s",
            [1_500_000, -250_000, None, None, None, None],
        ),
        (pa.array([1357034400.123456, 1.0000004]), "unix_s", [1357034400123456, 1_000_000]),
        (pa.array([2.0, 1.5]), "unix_ms", [2000, None]),
        (pa.array([7], pa.uint8()), "unix_s", [7_000_000]),
        (pa.array([2**64 - 1], pa.uint64()), "unix_us", [None]),
        (pa.array([1.5], pa.float32()), "unix_s", [1_500_000]),
        (pa.array([Decimal(1357034400123456789)], pa.decimal128(38, 0)), "unix_ns", [1357034400123456]),
        (pa.array([Decimal("1357034400.25")], pa.decimal128(20, 2)), "unix_s", [1357034400250000]),
        (pa.array([-1, 999, 1000]), "unix_ns", [-1, 0, 1]),
    ],
)
def test_numbers_of_other_types(values: pa.Array, unit: UnixUnit, expected: list[int | None]) -> None:
    received, wrong = unix_times(values, unit)
    assert received.to_pylist() == expected
    present = [value is not None and math.isfinite(value) for value in values.to_pylist()]
    assert wrong == [place for place, value in enumerate(expected) if value is None and present[place]]


@pytest.mark.parametrize(
    ("texts", "unit", "expected", "refused"),
    [
        (["1357034400", " 1357034400.5", "1e9", "-1", "x", "", "NA"], "unix_s", [0, 1, 2, 3], [4]),
        (["1357034400123", "7.0", "7.5", "2013-01-01", None], "unix_ms", [0, 1], [2, 3]),
        (["1357034400123456789", "99999999999999999999"], "unix_ns", [0], [1]),
    ],
)
def test_text_of_numbers_is_read_as_other_numbers_are(
    texts: list[str | None], unit: UnixUnit, expected: list[int], refused: list[int]
) -> None:
    column = pa.array([None if text is None else text.encode() for text in texts], pa.binary())
    values, wrong = typed(column, "instant", Spelling(("", "NA"), time=TimeFormat(format=unit)))
    assert (wrong, values.is_valid().to_pylist()) == (refused, [place in expected for place in range(len(texts))])
    first: Any = texts[0]
    assert values[0].as_py() == int(first) * 10**6 // PER_SECOND[unit]


def test_marks_of_the_source_are_those_of_its_times() -> None:
    spelling = Spelling((), ",", ".", time=TimeFormat(format="unix_s"))
    values, wrong = typed(pa.array([b"1.357.034.400,5", b"1.5"], pa.binary()), "instant", spelling)
    assert (values.to_pylist(), wrong) == ([1357034400500000, None], [1])
