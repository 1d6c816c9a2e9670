"""Formats of times: which there are, and what their messages expect."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.features.time_formats import UNIX_UNITS, TimeFormat


def test_a_format_is_iso_a_unit_or_a_pattern() -> None:
    assert (TimeFormat().format, TimeFormat().unix_unit, TimeFormat().pattern) == ("auto", None, None)
    assert [TimeFormat(format=unit).unix_unit for unit in UNIX_UNITS] == ["unix_s", "unix_ms", "unix_us", "unix_ns"]
    assert all(TimeFormat(format=unit).pattern is None for unit in UNIX_UNITS)
    assert (TimeFormat(format="%Y-%m").unix_unit, TimeFormat(format="%Y-%m").pattern) == (None, "%Y-%m")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("auto", "a date or a time as ISO 8601 writes it"),
        ("%Y-%m", "a date or a time as '%Y-%m' has it"),
        ("unix_s", "a number of seconds since 1970"),
        ("unix_ms", "a whole number of milliseconds since 1970"),
        ("unix_us", "a whole number of microseconds since 1970"),
        ("unix_ns", "a whole number of nanoseconds since 1970"),
    ],
)
def test_messages_name_what_is_expected(written: str, words: str) -> None:
    assert TimeFormat(format=written).expected == words


@pytest.mark.parametrize("written", ["", "iso", "unix", "%H:%M", "x" * 101])
def test_other_formats_are_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        TimeFormat(format=written)
