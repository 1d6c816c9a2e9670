"""Times of text in a given format are those of Python's strptime, and what it refuses is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.parity.ways import EXAMPLES

from sources.values.pattern_times import pattern_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATES = [
    ["%Y", "%m", "%d"],
    ["%m", "%d", "%Y"],
    ["%d", "%b", "%Y"],
    ["%B", "%d", "%Y"],
    ["%a", "%d", "%b", "%y"],
    ["%A", "%B", "%d", "%Y"],
    ["%Y", "%j"],
    ["%y", "%m"],
    ["%Y"],
]
CLOCKS: list[list[str]] = [
    [],
    ["%H"],
    ["%H", "%M"],
    ["%H", "%M", "%S"],
    ["%H", "%M", "%S", "%f"],
    ["%I", "%M", "%p"],
    ["%I", "%p"],
    ["%H", "%M", "%z"],
    ["%H", "%M", "%S", "%f", "%z"],
]
SEPARATORS = ["/", "-", ".", " ", ", ", ":", "T", " at ", "年", "%%", "_"]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    directives = [*draw(st.sampled_from(DATES)), *draw(st.sampled_from(CLOCKS))]
    separators = [draw(st.sampled_from(SEPARATORS)) for _ in directives[1:]]
    return directives[0] + "".join(map("".join, zip(separators, directives[1:], strict=True)))


def micros(text: str, pattern: str) -> int | None:
    """Microseconds since 1970 as Python has them, in UTC without an offset; None for text that it refuses."""
    try:
        when = datetime.strptime(text, pattern)  # noqa: DTZ007 - without an offset it is in UTC
    except ValueError:
        return None
    if "%j" in pattern and f"{when.year:04d}" not in text:
        return None  # day 366 of another year: Python has the first of the next
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - EPOCH) // timedelta(microseconds=1)


def parsed(texts: Sequence[str | None], pattern: str) -> list[int | None]:
    times = pattern_times(pa.array([None if text is None else text.encode() for text in texts], pa.binary()), pattern)
    return [value if good else None for value, good in zip(times.micros.tolist(), times.parsed.tolist(), strict=True)]


def formatted(when: datetime, pattern: str, *, padded: bool) -> str:
    text = when.strftime(pattern.replace("%Y", f"{when.year:04d}"))
    return text if padded else re.sub(r"(?<![0-9.])0(?=[0-9](?![0-9]))", "", text)


MOMENTS = st.datetimes(timezones=st.just(UTC))
NOISE = st.sampled_from(list("0123456789 /-:.TZ+ampé年\0"))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_drawn_formats_are_read_as_python_reads_them(examples: int) -> None:
    @settings(max_examples=10 * examples, deadline=None)
    @given(patterns(), st.lists(st.tuples(MOMENTS, st.integers(-1439, 1439), st.booleans(), st.data()), max_size=6))
    def check(pattern: str, drawn: list[tuple[datetime, int, bool, st.DataObject]]) -> None:
        texts: list[str] = []
        for when, offset, padded, data in drawn:
            text = formatted(when, pattern.replace("%z", ""), padded=padded)
            if "%z" in pattern:
                sign = "-" if offset < 0 else "+"
                text += f"{sign}{abs(offset) // 60:02d}{data.draw(st.sampled_from([':', '']))}{abs(offset) % 60:02d}"
            texts.append(text)
            place = data.draw(st.integers(0, len(text) - 1))
            texts.append(text[:place] + data.draw(NOISE) + text[place + data.draw(st.integers(0, 2)) :])
            texts.append(text.upper())
        texts = [text for text in texts if text.strip(" \t") == text and not re.search(r"\d{7,9}", text)]
        assert parsed(texts, pattern) == [micros(text, pattern) for text in texts], texts

    check()


def test_numbers_that_digits_follow_have_all_of_theirs() -> None:
    texts = ["20130115", "20240229", "20230229", "2013115", "201311 5"]
    assert parsed(texts, "%Y%m%d") == [1358208000000000, 1709164800000000, None, None, None]
    assert parsed(["20130115063059"], "%Y%m%d%H%M%S") == [micros("20130115063059", "%Y%m%d%H%M%S")]


def test_parts_that_are_left_out_are_the_first() -> None:
    assert parsed(["2013-07", "2013-7", "2013-13", "2013-00"], "%Y-%m") == [
        1372636800000000,
        1372636800000000,
        None,
        None,
    ]
    assert parsed(["2013", "0000", "13"], "%Y") == [1356998400000000, None, None]


def test_a_day_that_a_year_does_not_have_is_refused() -> None:
    assert parsed(["2024-366", "2023-366", "2023-0", "2023-365"], "%Y-%j") == [
        micros("2024-366", "%Y-%j"),
        None,
        None,
        micros("2023-365", "%Y-%j"),
    ]


def test_an_offset_may_be_hours_alone() -> None:
    assert parsed(["2013-01-01 00 +02", "2013-01-01 00 +2", "2013-01-01 00 z"], "%Y-%m-%d %H %z") == [
        1356998400000000 - 7200_000_000,
        None,
        None,
    ]


def test_digits_after_the_sixth_are_cut_off() -> None:
    assert parsed(["2013-01-01 00:00:00.1234567", "2013-01-01 00:00:00.1234567891"], "%Y-%m-%d %H:%M:%S.%f") == [
        1356998400123456,
        None,
    ]


def test_spaces_around_are_no_part_and_missing_rows_are_not_parsed() -> None:
    assert parsed([" 1/2/2013\t", None, "", "1/2/2013"], "%m/%d/%Y") == [
        1357084800000000,
        None,
        None,
        1357084800000000,
    ]


def test_rows_of_a_slice_are_read() -> None:
    texts = pa.array([b"x", b"01.02.2013", b"31.02.2013", b"y"]).slice(1, 2)
    times = pattern_times(texts, "%d.%m.%Y")
    assert (times.micros.tolist(), times.parsed.tolist()) == ([1359676800000000, 0], [True, False])
