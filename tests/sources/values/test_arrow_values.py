"""Arrow columns of any type: as numbers, as tokens, or refused with the column's name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData, UnparsableValue
from contracts.schema import ValueType
from sources.read_request import ReadRequest
from sources.rejects import Rejects
from sources.values.arrow_values import check_columns, tokens, typed_rows, value_type

FILE = SourceFile(uri="t.parquet", bytes=1, modified_ns=0)


def request(kinds: dict[str, ValueType], rejects: Rejects | None = None) -> ReadRequest:
    return ReadRequest(FILE, SourceRange(file=0, start=40, end=99), kinds, rejects=rejects)


def converted(column: pa.Array, kind: ValueType) -> list[Any]:
    rows = typed_rows(pa.record_batch({"a": column}), request({"a": kind}), 0, str)
    return rows.column("a").to_pylist()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pa.int8(), "int64"),
        (pa.uint64(), "int64"),
        (pa.float16(), "float64"),
        (pa.decimal128(5, 2), "float64"),
        (pa.null(), "float64"),
        (pa.bool_(), "bytes"),
        (pa.string(), "bytes"),
        (pa.large_binary(), "bytes"),
        (pa.binary(3), "bytes"),
        (pa.string_view(), "bytes"),
        (pa.dictionary(pa.int8(), pa.string()), "bytes"),
        (pa.dictionary(pa.int8(), pa.int64()), "int64"),
        (pa.timestamp("s"), None),
        (pa.date32(), None),
        (pa.list_(pa.int64()), None),
        (pa.struct([("a", pa.int64())]), None),
    ],
)
def test_the_type_of_a_feature_follows_from_the_columns(kind: pa.DataType, expected: ValueType | None) -> None:
    assert value_type(kind) == expected


@pytest.mark.parametrize(
    ("column", "kind", "expected"),
    [
        (pa.array([1, None, 255], pa.uint8()), "int64", [1, None, 255]),
        (pa.array([1.0, None, -3.0]), "int64", [1, None, -3]),
        (pa.array([True, None, False]), "int64", [1, None, 0]),
        (pa.array([True, None, False]), "float64", [1.0, None, 0.0]),
        (pa.array([2**53 + 1], pa.int64()), "float64", [2.0**53]),
        (pa.array([Decimal("1.50"), None]), "float64", [1.5, None]),
        (pa.array([3, None, 3]).dictionary_encode(), "int64", [3, None, 3]),
        (pa.nulls(2), "int64", [None, None]),
        (pa.nulls(2), "bytes", [None, None]),
        (pa.array([True, None, False]), "bytes", [b"true", None, b"false"]),
        (pa.array([10, None]), "bytes", [b"10", None]),
        (pa.array([Decimal("1.50"), Decimal("2.00"), None]), "bytes", [b"1.5", b"2", None]),
        (pa.array([Decimal("90.21"), Decimal("-817.42")]), "float64", [90.21, -817.42]),
        (pa.array([Decimal("90.21"), Decimal("-817.42")]), "bytes", [b"90.21", b"-817.42"]),
        (pa.array([Decimal(10**18 + 1)], pa.decimal128(38, 0)), "bytes", [b"1000000000000000001"]),
        (pa.array([Decimal(10**18 + 1)], pa.decimal128(38, 0)), "int64", [10**18 + 1]),
        (pa.array([Decimal("90.21"), None]).dictionary_encode(), "bytes", [b"90.21", None]),
        (pa.array([Decimal("90.21"), None]).dictionary_encode(), "float64", [90.21, None]),
        (pa.array([2**53 + 1, None], pa.int64()), "bytes", [b"9007199254740993", None]),
        (pa.array([2**64 - 1], pa.uint64()), "bytes", [b"18446744073709551615"]),
        (pa.array([2**64 - 1, 2**63 + 1025], pa.uint64()), "float64", [2.0**64, 2.0**63 + 2048]),
        (pa.array(["a", "", None]).dictionary_encode(), "bytes", [b"a", None, None]),
        (pa.array([b"ab", None], pa.binary(2)), "bytes", [b"ab", None]),
        (pa.array(["a", ""], pa.string_view()), "bytes", [b"a", None]),
    ],
)
def test_columns_become_what_is_asked_for(column: pa.Array, kind: ValueType, expected: list[Any]) -> None:
    assert converted(column, kind) == expected


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.large_string()])
@pytest.mark.parametrize("offset", [0, 1, 9])
def test_empty_text_is_missing_and_the_rest_is_as_it_was(kind: pa.DataType, offset: int) -> None:
    values = ["a", "", None, "bc", "", *"defgh", "", "ij"]
    column = pa.array(values, kind).slice(offset)
    found = tokens(column)
    found.validate(full=True)
    assert found.to_pylist() == [value.encode() if value else None for value in values[offset:]]
    assert tokens(pa.array(["x", "y"], kind)).to_pylist() == [b"x", b"y"]


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        (
            pa.array([[1]]),
            "bytes",
            "t.parquet: column 'a/b' is list<item: int64>, which is a list; read it with many",
        ),
        (pa.array([1], pa.timestamp("s")), "bytes", "is timestamp[s], which is neither a number nor a category"),
        (pa.array(["1"]), "int64", "t.parquet: column 'a/b' is string, not a number"),
        (pa.array(["1"]).dictionary_encode(), "float64", "is string, not a number"),
    ],
)
def test_a_column_that_cannot_be_converted_is_named(column: pa.Array, kind: ValueType, message: str) -> None:
    batch = pa.record_batch({"a/b": column})
    with pytest.raises(InvalidData) as caught:
        typed_rows(batch, request({"a/b": kind}), 0, str)
    assert message in str(caught.value)
    assert caught.value.pointer == "/features/a~1b"


def test_only_columns_that_are_asked_for_must_be_flat() -> None:
    schema = pa.schema([("n", pa.list_(pa.int64())), ("a", pa.int64())])
    check_columns(schema, request({"a": "int64"}))
    with pytest.raises(InvalidData, match="column 'n' is list"):
        check_columns(schema, request({"a": "int64", "n": "int64"}))


BATCH = pa.record_batch({"a": [1.0, 2.5, None, 1e300], "t": [b"x", b"\xff", b"y", b"z"], "more": [1, 2, 3, 4]})


def test_a_value_that_cannot_be_converted_makes_its_row_bad() -> None:
    rejects = Rejects(2)
    rows = typed_rows(BATCH, request({"t": "bytes", "a": "int64"}, rejects), 7, str)
    assert rows.schema.names == ["t", "a"]
    assert rows.to_pylist() == [{"t": b"x", "a": 1}, {"t": b"y", "a": None}]
    assert [(row.file, row.start, row.line) for row in rejects.rows] == [(0, 40, 9), (0, 40, 11)]
    assert rejects.rows[0].text == b'{"a": 2.5, "t": "/w==", "more": 2}', "bytes in base64"
    assert rejects.rows[1].reason == "column 'a': '1e+300' is not a whole number (int64)"


def test_without_a_limit_the_first_bad_row_is_an_error_with_its_place() -> None:
    with pytest.raises(UnparsableValue, match=r"t\.parquet, row 9, column 'a': '2\.5' is not a whole number"):
        typed_rows(BATCH, request({"a": "int64"}), 7, lambda row: f"row {row}")


def test_a_row_that_is_bad_in_two_columns_is_one_row() -> None:
    rejects = Rejects(1)
    batch = pa.record_batch({"a": [0.5, 1.0], "b": [0.5, 2.0]})
    assert typed_rows(batch, request({"a": "int64", "b": "int64"}, rejects), 0, str).to_pylist() == [{"a": 1, "b": 2}]
    assert [row.reason for row in rejects.rows] == ["column 'a': '0.5' is not a whole number (int64)"]
