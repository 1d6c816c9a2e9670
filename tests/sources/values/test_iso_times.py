"""Times that are written alike are parsed by columns, and the rest is left to the caller."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sources.values.iso_times import iso_times


@pytest.mark.parametrize(
    ("text", "is_parsed"),
    [
        ("2013-10-01", True),
        ("2013-10-01T06:00", True),
        ("2013-10-01 06:00:00.123456789 -03:30", True),
        (" 2013-10-01", False),
        ("2013-10-01T06", False),
        ("2013-02-29", False),
        ("2013-00-01", False),
        ("2013-01-00", False),
        ("\x3a013-10-01", False),
        ("2013-10-01T06:00:00." + "1" * 40, False),
        ("", False),
    ],
)
def test_shapes_that_are_parsed(text: str, is_parsed: bool) -> None:
    quick = iso_times(pa.array([text.encode(), None], pa.binary()))
    assert quick.parsed.tolist() == [is_parsed, False]
    assert (quick.micros[0] != 0) == is_parsed
    assert quick.micros[1] == 0


def test_of_many_shapes_some_are_left() -> None:
    marks = [f"2013-10-01{mark}06:00{sign}01:00" for mark in "T " for sign in "+-"]
    quick = iso_times(pa.array([text.encode() for text in [*marks, "2013-10-01x06:00+01:00", *marks]], pa.binary()))
    assert quick.parsed.tolist() == [True] * 4 + [False] + [True] * 4


def test_text_of_one_shape_is_parsed_by_columns() -> None:
    """Regular expressions take ten times as long: a form that falls back to them is noticed."""
    seconds = np.random.default_rng(0).integers(0, 2**31, 10_000).astype("M8[s]")
    texts = pa.array([f"{text}Z".encode() for text in np.datetime_as_string(seconds).tolist()], pa.binary())
    quick = iso_times(texts)
    assert quick.parsed.all()
    assert quick.micros.tolist() == (seconds.astype(np.int64) * 1_000_000).tolist()
