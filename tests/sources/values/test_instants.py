"""Times of text are those of Python's `fromisoformat`, in every shape, or are named as no times."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.values.instants import instants

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
GRAMMAR = re.compile(
    r"[ \t]*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?))?)?[ \t]*",
    re.ASCII,
)
"""ISO 8601's extended format, with a space in place of the T, too; `fromisoformat` takes more, such as weeks."""


def python_says(text: bytes) -> int | None:
    """Return microseconds since 1970 in UTC by Python, or None for text that is no time."""
    plain = text.decode("latin1")
    if GRAMMAR.fullmatch(plain) is None:
        return None
    plain = re.sub(r" (?=[Z+-])", "", plain.strip(" \t"))
    if plain.startswith("0000-"):  # Python has no year 0: the calendar repeats after 400 years of 146,097 days
        later = python_says(f"0400{plain[4:]}".encode())
        return None if later is None else later - 146_097 * 86_400_000_000
    plain = re.sub(r"([.,]\d{6})\d+", r"\1", plain)
    try:
        instant = dt.datetime.fromisoformat(plain)
    except ValueError:
        return None
    instant = instant if instant.tzinfo is not None else instant.replace(tzinfo=dt.UTC)
    naive, offset = instant.replace(tzinfo=None), instant.utcoffset()
    assert offset is not None
    return (naive - dt.datetime(1970, 1, 1) - offset) // dt.timedelta(microseconds=1)  # noqa: DTZ001 - both are of UTC


DATES = st.builds(
    lambda year, month, day: f"{year:04}-{month:02}-{day:02}",
    st.one_of(st.integers(0, 9999), st.sampled_from([0, 1, 1900, 1970, 2000, 2023, 2024, 9999])),
    st.one_of(st.integers(1, 12), st.sampled_from([0, 2, 13, 99])),
    st.one_of(st.integers(1, 28), st.sampled_from([0, 28, 29, 30, 31, 32])),
)
CLOCKS = st.builds(
    lambda hour, minute, second, fraction: f"{hour:02}:{minute:02}{second}{fraction if second else ''}",
    st.one_of(st.integers(0, 23), st.sampled_from([23, 24])),
    st.one_of(st.integers(0, 59), st.just(60)),
    st.one_of(st.just(""), st.integers(0, 61).map(lambda second: f":{second:02}")),
    st.one_of(st.just(""), st.from_regex(r"[.,][0-9]{0,9}", fullmatch=True)),
)
ENDS = st.sampled_from(
    [
        "",
        "",
        "Z",
        " Z",
        "z",
        "+00",
        "+05:30",
        "-0330",
        " +01:00",
        "-23:59",
        "+24:00",
        "+05:60",
        "+5",
        "UTC",
        "+01:",
        "\n",
    ]
)
MIXED = st.builds(
    lambda before, date, mark, clock, end, after: f"{before}{date}{mark + clock + end if mark else ''}{after}".encode(),
    st.sampled_from(["", "", "", " ", "\t", "x"]),
    DATES,
    st.sampled_from(["", "T", "T", " ", "t", "  ", "_"]),
    CLOCKS,
    ENDS,
    st.sampled_from(["", "", "", " ", "\t ", "0", "\n"]),
)


@given(st.lists(st.datetimes(min_value=dt.datetime(2, 1, 1), max_value=dt.datetime(9998, 1, 1), timezones=OFFSETS)))  # noqa: DTZ001
def test_instants_are_those_of_python(times: list[dt.datetime]) -> None:
    texts = [time.isoformat(" " if i % 2 else "T").encode() for i, time in enumerate(times)]
    micros = [(time - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) for time in times]
    made, wrong = instants(pa.array(texts, pa.binary()))
    assert made.to_pylist() == micros
    assert not wrong


@given(
    st.lists(st.one_of(st.none(), MIXED, MIXED.map(bytes.lower), st.binary(max_size=40)), max_size=40),
    st.integers(0, 3),
)
def test_every_shape_is_python_s_time_or_named(texts: list[bytes | None], before: int) -> None:
    column = pa.array([b"2013-01-01"] * before + texts, pa.binary()).slice(
        before
    )  # the first value is not at the start
    expected = [None if text is None else python_says(text) for text in texts]
    made, wrong = instants(column)
    assert made.to_pylist() == expected
    assert wrong == [at for at, text in enumerate(texts) if text is not None and expected[at] is None]


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01", 0),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2024-02-29T00:00:00,5+05:30", 1_709_145_000_500_000),
        ("0000-01-01", -62_167_219_200_000_000),  # which Python has not
        ("0001-01-01", -62_135_596_800_000_000),
        ("9999-12-31 23:59:59.9", 253_402_300_799_900_000),
        ("1900-02-29", None),
        ("2000-02-29", 951_782_400_000_000),
        ("2023-02-29", None),
        ("2013-04-31", None),
        ("2013-10-01t06:00:00Z", None),
        ("2013-10-01T06:00:00z", None),
        ("2013-10-01T24:00", None),
        ("2013-10-01T06:60", None),
        ("2013-10-01T06:00:60", None),
        ("2013-10-01T06:00:00.", None),
        ("2013-10-01T06:00 +0100", 1_380_603_600_000_000),
        ("", None),
    ],
)
def test_edges(text: str, micros: int | None) -> None:
    made, wrong = instants(pa.array([text.encode(), b"2013-10-01T06:00:00Z"], pa.binary()))
    assert made.to_pylist() == [micros, 1_380_607_200_000_000]
    assert wrong == ([0] if micros is None else [])


def test_times_of_many_lengths_and_rows() -> None:
    texts = [
        f"{2000 + i % 50}-0{1 + i % 9}-{10 + i % 18}{('', 'T01:02', ' 01:02:03.4')[i % 3]}{' ' * (i % 7 == 0)}"
        for i in range(60_000)
    ]
    made, wrong = instants(pa.array([text.encode() for text in texts], pa.binary()))
    assert made.to_pylist() == [python_says(text.encode()) for text in texts]
    assert not wrong
