"""Avro files as record batches: a column per field, of a type that a feature may have."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import fastavro
import pyarrow as pa
import pytest

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile
from preprocessing.spark import read_avro
from preprocessing.spark.read_avro import avro_batches

INT_LIST = {"type": "array", "items": "int"}


def written(folder: Path, fields: list[dict[str, Any]], rows: list[dict[str, Any]]) -> SourceFile:
    path = folder / "rows.avro"
    with path.open("wb") as out:
        fastavro.writer(out, {"type": "record", "name": "row", "fields": fields}, rows)
    return SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=0)


def column_of(folder: Path, kind: Any, values: list[Any]) -> pa.Array:
    file = written(folder, [{"name": "x", "type": kind}], [{"x": value} for value in values])
    (batch,) = avro_batches(file)
    return batch.column(0)


@pytest.mark.parametrize(
    ("kind", "values", "arrow"),
    [
        ("boolean", [True, False], pa.bool_()),
        ("int", [-1, 7], pa.int64()),
        (["null", "long"], [None, 2**63 - 1], pa.int64()),
        (["float", "null"], [0.5, None], pa.float32()),
        ("double", [0.1, float("inf")], pa.float64()),
        ("string", ["", "ä"], pa.string()),
        ("bytes", [b"\xff", b""], pa.binary()),
        ({"type": "fixed", "name": "two", "size": 2}, [b"ab", b"cd"], pa.binary()),
        ({"type": "enum", "name": "mark", "symbols": ["A", "B"]}, ["B", "A"], pa.string()),
        ("null", [None, None], pa.null()),
        (["null"], [None], pa.null()),
    ],
)
def test_plain_values_keep_their_type(tmp_path: Path, kind: Any, values: list[Any], arrow: pa.DataType) -> None:
    column = column_of(tmp_path, kind, values)
    assert (column.type, column.to_pylist()) == (arrow, values)


@pytest.mark.parametrize(
    ("logical", "base", "value", "text"),
    [
        ("date", "int", date(2024, 2, 29), "2024-02-29"),
        ("time-millis", "int", time(1, 2, 3), "01:02:03"),
        ("timestamp-micros", "long", datetime(2024, 5, 1, 10, 0, 1, 5, tzinfo=UTC), "2024-05-01 10:00:01.000005+00:00"),
        ("local-timestamp-millis", "long", datetime.fromisoformat("2024-05-01 10:00"), "2024-05-01 10:00:00"),
        ("uuid", "string", UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_dates_and_times_become_iso_text(tmp_path: Path, logical: str, base: str, value: Any, text: str) -> None:
    column = column_of(tmp_path, ["null", {"type": base, "logicalType": logical}], [value, None])
    assert (column.type, column.to_pylist()) == (pa.string(), [text, None])


@pytest.mark.parametrize(
    ("precision", "value", "arrow"),
    [
        (9, "-1.25", pa.decimal128(38, 2)),
        (38, "100000000000000000000000000000000001.07", pa.decimal128(38, 2)),
        (76, f"{10**73 + 1}.07", pa.decimal256(76, 2)),
    ],
)
def test_decimals_keep_all_their_digits(tmp_path: Path, precision: int, value: str, arrow: pa.DataType) -> None:
    kind = {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": 2}
    column = column_of(tmp_path, ["null", kind], [Decimal(value), None])
    assert (column.type, column.to_pylist()) == (arrow, [Decimal(value), None])


def test_a_whole_decimal_of_fixed_size_has_no_scale(tmp_path: Path) -> None:
    kind = {"type": "fixed", "name": "account", "size": 9, "logicalType": "decimal", "precision": 19}
    column = column_of(tmp_path, kind, [Decimal(1000000000000000001)])
    assert (column.type, column.to_pylist()) == (pa.decimal128(38, 0), [Decimal(1000000000000000001)])


def test_a_decimal_of_more_digits_than_arrow_has_is_the_nearest_double(tmp_path: Path) -> None:
    kind = {"type": "bytes", "logicalType": "decimal", "precision": 90, "scale": 2}
    column = column_of(tmp_path, kind, [Decimal(f"{10**80}.25"), Decimal("90.21")])
    assert (column.type, column.to_pylist()) == (pa.float64(), [1e80, 90.21])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ({"type": "array", "items": INT_LIST}, [[1]]),
        (["null", {"type": "array", "items": ["int", "string"]}], [1, "a"]),
        ({"type": "map", "values": "long"}, {"a": 1}),
        (["null", "int", "string"], "x"),
    ],
)
def test_a_nested_column_is_there_without_values(tmp_path: Path, kind: Any, value: Any) -> None:
    fields = [{"name": "nested", "type": kind}, {"name": "y", "type": "int"}]
    (batch,) = avro_batches(written(tmp_path, fields, [{"nested": value, "y": 1}]))
    assert pa.types.is_nested(batch.schema.field("nested").type)
    assert batch.to_pylist() == [{"nested": None, "y": 1}]


@pytest.mark.parametrize(
    ("items", "value", "read"),
    [
        ("int", [1, 2], [1, 2]),
        (["null", "string"], ["a", None], ["a", None]),
        ("bytes", [b"\xff"], [b"\xff"]),
        ("boolean", [], []),
    ],
)
def test_a_list_of_scalars_has_its_values(tmp_path: Path, items: Any, value: Any, read: Any) -> None:
    for kind in ({"type": "array", "items": items}, ["null", {"type": "array", "items": items}]):
        assert column_of(tmp_path, kind, [value, value]).to_pylist() == [read, read]


def test_a_type_that_an_earlier_field_has_named_is_that_type(tmp_path: Path) -> None:
    mark = {"type": "enum", "name": "mark", "symbols": ["A", "B"]}
    inner = {
        "type": "record",
        "name": "inner",
        "fields": [{"name": "two", "type": {"type": "fixed", "name": "two", "size": 2}}],
    }
    fields = [
        {"name": "one", "type": mark},
        {"name": "other", "type": ["null", "mark"]},
        {"name": "nested", "type": inner},
        {"name": "again", "type": "inner"},
        {"name": "code", "type": "two"},
    ]
    row = {"one": "A", "other": "B", "nested": {"two": b"xy"}, "again": {"two": b"xy"}, "code": b"ab"}
    (batch,) = avro_batches(written(tmp_path, fields, [row]))
    assert batch.to_pylist() == [
        {"one": "A", "other": "B", "nested": {"two": b"xy"}, "again": {"two": b"xy"}, "code": b"ab"}
    ]
    assert batch.schema.field("other").type == pa.string()
    assert pa.types.is_nested(batch.schema.field("again").type)


@pytest.mark.parametrize(("rows", "sizes"), [(0, []), (4, [4]), (5, [4, 1]), (8, [4, 4])])
def test_rows_come_in_batches(tmp_path: Path, rows: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_avro, "BATCH_ROWS", 4)
    file = written(tmp_path, [{"name": "x", "type": "int"}], [{"x": row} for row in range(rows)])
    batches = list(avro_batches(file))
    assert [len(batch) for batch in batches] == sizes
    assert [value for batch in batches for value in batch.column(0).to_pylist()] == list(range(rows))


@pytest.mark.parametrize("damage", ["text", "cut", "empty"])
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    file = written(tmp_path, [{"name": "x", "type": "string"}], [{"x": "word" * 50}] * 20)
    path = Path(file.uri)
    path.write_bytes({"text": b"x,y\n1,2\n", "cut": path.read_bytes()[:-60], "empty": b""}[damage])
    with pytest.raises(UnreadableFile, match=r"rows\.avro is not an Avro file of records: ") as caught:
        list(avro_batches(file))
    assert caught.value.pointer == "/source"


def test_a_file_of_other_than_records_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "numbers.avro"
    with path.open("wb") as out:
        fastavro.writer(out, "long", [1, 2])
    with pytest.raises(UnreadableFile, match="its schema is not that of a record"):
        list(avro_batches(SourceFile(uri=str(path), bytes=1, modified_ns=0)))
