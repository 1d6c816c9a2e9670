"""Times without an offset are of a zone's clocks, as Python's zoneinfo has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.features.time_formats import TimeFormat
from preprocessing.expressions.zone_transitions import load_zone, zone_rules
from sources.values.instants import instants

ZONES = ["America/New_York", "Europe/Dublin", "Pacific/Chatham", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANGES = [
    datetime(2013, 3, 10, 2, tzinfo=UTC),
    datetime(2013, 11, 3, 1, tzinfo=UTC),
    datetime(2013, 3, 31, 1, tzinfo=UTC),
    datetime(2013, 10, 6, 2, tzinfo=UTC),
]
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 30)) | st.builds(  # noqa: DTZ001 - drawn without a zone
    lambda change, seconds: change.replace(tzinfo=None) + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-7300, 7300),
)


def meant(local: datetime, zone: str) -> int:
    return (local.replace(tzinfo=load_zone(zone)).astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
@given(st.lists(MOMENTS, min_size=1))
def test_text_and_timestamps_are_local_times(zone: str, drawn: list[datetime]) -> None:
    expected = [meant(local, zone) for local in drawn]
    iso, pattern = (TimeFormat(format=written, zone=zone_rules(zone)) for written in ("auto", "%d/%m/%Y %H:%M:%S.%f"))
    texts = pa.array([local.isoformat().encode() for local in drawn], pa.binary())
    assert instants(texts, iso) == (pa.array(expected), [])
    texts = pa.array([f" {local.isoformat()}".encode() for local in drawn], pa.binary())
    assert instants(texts, iso)[0].to_pylist() == expected
    texts = pa.array([f"{local:%d/%m/}{local.year:04d}{local: %H:%M:%S.%f}".encode() for local in drawn], pa.binary())
    assert instants(texts, pattern)[0].to_pylist() == expected
    for written in (iso, pattern):
        assert instants(pa.array(drawn, pa.timestamp("us")), written)[0].to_pylist() == expected
        in_utc = [(local.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for local in drawn]
        assert instants(pa.array(in_utc, pa.timestamp("us", "UTC")), written)[0].to_pylist() == in_utc


def test_times_with_an_offset_are_not_of_the_zone() -> None:
    zone = zone_rules("America/New_York")
    texts = pa.array(
        [b"2013-07-01T00:00:00Z", b"2013-07-01T00:00:00", b" 2013-07-01 00:00 +02:00", b"2013-07-01", None]
    )
    values, wrong = instants(texts.cast(pa.binary()), TimeFormat(zone=zone))
    midnight, hour = 1372636800000000, 3_600_000_000
    assert (values.to_pylist(), wrong) == (
        [midnight, midnight + 4 * hour, midnight - 2 * hour, midnight + 4 * hour, None],
        [],
    )
    offset = TimeFormat(format="%Y-%m-%d %z", zone=zone)
    assert instants(pa.array([b"2013-07-01 +02:00"], pa.binary()), offset)[0].to_pylist() == [midnight - 2 * hour]


def test_dates_begin_at_midnight_of_the_zone() -> None:
    days = pa.array([datetime(2013, 7, 1, tzinfo=UTC).date(), None], pa.date32())
    written = TimeFormat(zone=zone_rules("America/New_York"))
    assert instants(days, written)[0].to_pylist() == [1372636800000000 + 4 * 3_600_000_000, None]


def test_whole_numbers_are_times_of_a_pattern() -> None:
    for numbers in (pa.array([20130115, 20130230, None]), pa.array([20130115.0, 20130230.0, None])):
        values, wrong = instants(numbers, TimeFormat(format="%Y%m%d"))
        assert (values.to_pylist(), wrong) == ([1358208000000000, None, None], [1])
    assert instants(pa.array([20130115]))[1] == [0]
