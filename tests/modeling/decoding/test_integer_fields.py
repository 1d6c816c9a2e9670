"""Raw fields that are whole numbers of 64 bits or instants: each spelling, missing values, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from contracts.errors import InvalidRequest
from contracts.features import TimeFormat
from modeling.decoding.integer_fields import IntegerFields
from preprocessing.expressions.zone_transitions import zone_rules
from sources.matrices import MISSING_INTEGER
from tandem.values.frames import frame_of
from tandem.values.plain_values import plain

FIELDS = IntegerFields(["account", "t"], ["NA", "-999"], instants={"t": TimeFormat()})
DAY = 86_400_000_000


def place(row: int) -> str:
    return f"instances[{row}]"


def of(name: str, *values: Any) -> list[int]:
    column = FIELDS.of_column(name, values, place)
    assert column.dtype == np.int64
    return column.tolist()


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        (-7, -7),
        (2**53 + 1, 2**53 + 1),
        (2**63 - 1, 2**63 - 1),
        (1 - 2**63, 1 - 2**63),
        (7.0, 7),
        (-0.0, 0),
        (2.0**62, 2**62),
        ("12", 12),
        (" -12\t", -12),
        ("+9007199254740993", 2**53 + 1),
        ("007", 7),
        (b"12", 12),
    ]
    + [(value, MISSING_INTEGER) for value in (None, math.nan, "", " ", b"", "NA", " NA ", b"NA", -999, -999.0, "-999")]
    + [(-(2**63), MISSING_INTEGER), (str(-(2**63)), MISSING_INTEGER), (-(2.0**63), MISSING_INTEGER)],
)
def test_whole_numbers_keep_all_their_bits(value: Any, number: int) -> None:
    assert of("account", 1, value) == [1, number]


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, 2**63, -(2**63) - 1, 2.0**63, 0.5, math.inf, -math.inf, "1.0", "x", "1 2", "٣", b"\xff", [], {}),
        pytest.param(10**5000, id="long"),
        pytest.param("9" * 5000, id="long text"),
    ],
)
@pytest.mark.parametrize("before", [0, 3])
def test_other_values_are_refused_with_their_row(value: Any, before: int) -> None:
    message = rf"^instances\[{before}\]: must be a whole number of 64 bits, or null where it is missing\. Received: "
    with pytest.raises(InvalidRequest, match=message):
        of("account", *[1] * before, value, 2)


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02T00:00:00Z", DAY),
        ("1970-01-02 01:00+01:00", DAY),
        ("1970-01-01T18:30:00-0530", DAY),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-01T00:00:00.0000019", 1),
        (b"1970-01-02", DAY),
        (DAY, DAY),
        (-1, -1),
        (86_400_000_000.0, DAY),
    ]
    + [(value, MISSING_INTEGER) for value in (None, math.nan, "", b"", "NA", "-999", -999, -(2**63))],
)
def test_instants_are_text_or_microseconds(value: Any, micros: int) -> None:
    assert of("t", "1970-01-01", value, None, 5) == [0, micros, MISSING_INTEGER, 5]


@pytest.mark.parametrize("value", ["soon", "1970-02-30", "1970-01-01T25:00", "86400", "1970-01-01Z", b"\xff"])
@pytest.mark.parametrize("before", [0, 2])
def test_text_that_is_no_time_is_refused_with_its_row(value: Any, before: int) -> None:
    message = rf"^instances\[{before}\]: must be a date or a time as ISO 8601 writes it, .*\. Received: \""
    with pytest.raises(InvalidRequest, match=message):
        of("t", *[None, "NA"][:before], value, "never")


@pytest.mark.parametrize("value", [True, 2**63, 0.5, [], {}])
def test_a_value_that_is_neither_text_nor_a_number_is_no_instant(value: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^instances\[1\]: must be ") as caught:
        of("t", "1970-01-01", value)
    assert "Received: " in caught.value.message


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint8, np.uint64, np.float32, np.float64, object])
def test_arrays_of_any_type_are_taken(dtype: Any) -> None:
    plain = IntegerFields(["account"], ["NA"])
    for fields in (plain, FIELDS):
        assert fields.of_column("account", np.array([1, 100], dtype), place).tolist() == [1, 100]
    assert FIELDS.of_column("account", np.array([-999, 5], np.int64), place).tolist() == [MISSING_INTEGER, 5]
    assert plain.of_column("account", np.array([-999, 5], np.int64), place).tolist() == [-999, 5]


@pytest.mark.parametrize("values", [np.array([1, 2**63], np.uint64), np.array([1.0, 0.5]), np.array([0, 1]) == 1])
def test_an_array_is_refused_at_its_first_wrong_row(values: np.ndarray) -> None:
    row = 0 if values.dtype == np.bool_ else 1
    with pytest.raises(InvalidRequest, match=rf"^instances\[{row}\]: must be a whole number of 64 bits"):
        FIELDS.of_column("account", values, place)


def test_no_rows_are_no_values() -> None:
    assert of("account") == of("t") == []


def test_a_matrix_has_the_fields_in_their_order_and_missing_columns() -> None:
    columns: dict[str, Any] = {"t": ["1970-01-01", 7], "account": [None, "5"]}
    matrix = FIELDS.matrix(2, columns, lambda name, row: f"inputs.{name}[{row}]")
    assert matrix is not None
    assert matrix.tolist() == [[MISSING_INTEGER, 0], [5, 7]]
    without = FIELDS.matrix(2, {"account": [1, 2]}, lambda name, row: f"inputs.{name}[{row}]")
    assert without is not None
    assert without.tolist() == [[1, MISSING_INTEGER], [2, MISSING_INTEGER]]
    with pytest.raises(InvalidRequest, match=r'^inputs\.t\[1\]: must be a date.* Received: "x"$'):
        FIELDS.matrix(2, {"account": [1, 2], "t": [None, "x"]}, lambda name, row: f"inputs.{name}[{row}]")


def test_without_fields_there_is_no_matrix() -> None:
    assert IntegerFields([], ["NA"]).matrix(3, {}, lambda name, row: f"{name} {row}") is None


WRITTEN = IntegerFields(
    ["us", "digits", "s", "ms", "local", "day", "here"],
    ["NA", "-999"],
    {
        "us": TimeFormat(format="%m/%d/%Y"),
        "digits": TimeFormat(format="%Y%m%d"),
        "s": TimeFormat(format="unix_s"),
        "ms": TimeFormat(format="unix_ms"),
        "day": TimeFormat(format="%Y-%d-%m"),
        "here": TimeFormat(format="%m/%d/%Y %H", zone=zone_rules("America/New_York")),
        "local": TimeFormat(zone=zone_rules("America/New_York")),
    },
)
JULY = 1_372_636_800_000_000
"""Microseconds to the first of July 2013."""


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("us", ["07/01/2013", b"7/1/2013", " 7/1/2013 ", None, "", "NA", "-999", math.nan], [JULY] * 3 + [None] * 5),
        ("digits", [20130701, "20130701", 20130701.0, -999, None], [JULY] * 3 + [None] * 2),
        (
            "s",
            [1372636800, 1372636800.5, "1372636800.5", -999, "-999", math.inf],
            [JULY, *[JULY + 500_000] * 2, *[None] * 3],
        ),
        ("ms", [1372636800001, "1372636800001", 1372636800001.0], [JULY + 1000] * 3),
        ("local", ["2013-06-30T20:00:00", "2013-07-01T00:00Z", JULY], [JULY] * 3),
        ("us", ["2013-07-01T00:00:00", "07/01/2013", "2013-07-01", "2013-06-30T20:00:00-04:00"], [JULY] * 4),
        ("digits", ["2013-07-01T00:00:00.000000", None, "20130701"], [JULY, None, JULY]),
        ("s", ["2013-07-01T00:00:00", "1372636800"], [JULY] * 2),
        ("ms", [b"2013-07-01 00:00", 1372636800000], [JULY] * 2),
        ("day", ["2013-02-01", "2013-07-01T00:00:00", "2013-07-01 00:00"], [1_357_084_800_000_000, JULY, JULY]),
        ("here", ["06/30/2013 20", "2013-06-30T20:00:00", "2013-07-01T00:00:00Z"], [JULY] * 3),
    ],
)
def test_times_are_read_by_the_format_of_their_column(
    name: str, values: list[object], expected: list[int | None]
) -> None:
    column = WRITTEN.of_column(name, values, str)
    assert [None if value == MISSING_INTEGER else value for value in column.tolist()] == expected


@pytest.mark.parametrize("name", ["us", "digits", "s", "ms", "day", "local", "here"])
def test_timestamps_of_the_clients_tables_need_no_format(name: str) -> None:
    zone = "America/New_York" if name in {"local", "here"} else "UTC"
    aware = pd.Series([datetime(2013, 7, 1, tzinfo=UTC), None])
    clocks = aware.dt.tz_convert(zone).dt.tz_localize(None)
    for table in (pd.DataFrame({name: aware}), pd.DataFrame({name: clocks}), pa.table({name: clocks})):
        frame = frame_of(table)
        assert frame is not None
        (columns,) = frame.chunks()
        assert WRITTEN.of_column(name, columns[name], str).tolist() == [JULY, MISSING_INTEGER]
    if zone == "UTC" and name != "day":
        assert WRITTEN.of_column(name, [plain(date(2013, 7, 1))], str).tolist() == [JULY]


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("us", "2013-02-30", "a date or a time as '%m/%d/%Y' has it, or as ISO 8601 writes one"),
        ("us", "1.7.2013", "a date or a time as '%m/%d/%Y' has it"),
        ("us", 7012013, "a date or a time as '%m/%d/%Y' has it"),
        ("digits", 20130701.5, "a date or a time as '%Y%m%d' has it"),
        ("s", "July", "a number of seconds since 1970, or as ISO 8601 writes one"),
        ("s", 10**400, "a number of seconds since 1970"),
        ("s", True, "a number of seconds since 1970"),
        ("ms", 1.5, "a whole number of milliseconds since 1970"),
        ("ms", 2**63, "a whole number of milliseconds since 1970"),
        ("ms", [1], "a whole number of milliseconds since 1970"),
        ("local", 1.5, "or microseconds since 1970"),
    ],
)
def test_what_is_no_time_of_the_format_is_named(name: str, value: object, wanted: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^row 1: must be ") as caught:
        WRITTEN.of_column(name, [None, value], lambda row: f"row {row}")
    assert wanted in str(caught.value)
    assert ", or null where it is missing. Received: " in str(caught.value)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.float64, np.uint64])
def test_tensors_of_numbers_are_read_by_the_format(dtype: type) -> None:
    column = WRITTEN.of_column("s", np.array([1372636800, 0], dtype), str)
    assert column.tolist() == [JULY, 0]
