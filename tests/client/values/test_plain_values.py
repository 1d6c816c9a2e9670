"""Scalars of every library become JSON's values, and missing ones null."""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.values.plain_values import plain


class Carrier(Enum):
    UNITED = "UA"


MISSING = [
    None,
    math.nan,
    np.nan,
    np.float32("nan"),
    np.datetime64("NaT"),
    np.timedelta64("NaT"),
    pd.NA,
    pd.NaT,
    Decimal("NaN"),
    pa.scalar(None),
    pa.scalar(None, pa.int64()),
    pa.scalar(math.nan),
]

VALUES: list[tuple[Any, Any]] = [
    (np.int64(7), 7),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.float32(0.5), 0.5),
    (np.float64(0.1), 0.1),
    (np.longdouble("0.5"), 0.5),
    (np.bool_(1), True),
    (np.str_("é"), "é"),
    (np.bytes_(b"UA"), "UA"),
    (np.array([1.5, math.nan]), [1.5, None]),
    (np.array(3), 3),
    (np.datetime64("2026-11-27T12:00"), "2026-11-27T12:00"),
    (np.timedelta64(1500, "ms"), 1.5),
    (pa.scalar(7), 7),
    (pa.scalar("UA"), "UA"),
    (pa.scalar(Decimal("12.50")), 12.5),
    (pa.scalar(b"\xff"), {"b64": "/w=="}),
    (pa.scalar(dt.date(2026, 11, 27)), "2026-11-27"),
    (pa.array(["UA"]).dictionary_encode()[0], "UA"),
    (pd.Timestamp("2026-11-27 12:00:00"), "2026-11-27T12:00:00"),
    (pd.Timestamp("2026-11-27", tz="UTC"), "2026-11-27T00:00:00+00:00"),
    (pd.Timedelta("1min"), 60.0),
    (pd.array([1, None], dtype="Int64"), [1, None]),
    (pd.Series(["a", None]), ["a", None]),
    (pd.Categorical(["a", "b"]), ["a", "b"]),
    (Decimal("90.21"), 90.21),
    (Decimal(1234567890123456789), 1234567890123456789),
    (Decimal("1E+3"), 1000),
    (dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC), "2026-11-27T12:00:00+00:00"),
    (dt.date(2026, 11, 27), "2026-11-27"),
    (dt.time(12, 30), "12:30:00"),
    (dt.timedelta(seconds=90), 90.0),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Carrier.UNITED, "UA"),
    (b"UA", "UA"),
    (True, True),
    ((1, {2}), [1, [2]]),
]


@pytest.mark.parametrize("value", MISSING, ids=lambda value: f"{type(value).__name__} {value}")
def test_a_missing_value_is_null(value: object) -> None:
    assert plain(value) is None
    assert plain({"x": [value]}) == {"x": [None]}


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=lambda value: f"{type(value).__name__} {value}"[:40])
def test_a_scalar_is_the_value_that_json_has(value: object, expected: object) -> None:
    converted = plain(value)
    assert converted == expected
    assert type(converted) is type(expected)
    assert json.loads(json.dumps(converted, allow_nan=False)) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_stays_as_it_is(value: Any) -> None:
    assert plain(value) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.integers())
def test_a_number_is_the_nearest_that_json_readers_have(value: Any) -> None:
    assert float(plain(value)) == float(value)


def test_infinity_stays_to_be_refused() -> None:
    assert plain(np.float32("inf")) == math.inf
    assert plain(Decimal("-Infinity")) == -math.inf


def test_an_unknown_type_is_left_for_the_request_to_refuse() -> None:
    value = object()
    assert plain(value) is value
