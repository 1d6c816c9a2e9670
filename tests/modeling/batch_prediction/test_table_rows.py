"""Rows of files with columns as raw values, a batch at a time, with the keys that identify them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from contracts.dataset.rejected_rows import from_lines
from contracts.errors import InvalidData, InvalidRequest, TooManyBadRecords, UnparsableValue
from contracts.features import Many
from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.source import DelimitedText
from contracts.storage import Storage
from modeling.batch_prediction.output import open_output
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.batch_prediction.table_rows import Rows, Table
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_rows
from sources.values.list_text import text_of

SCHEMA = Schema(
    features={
        "n": Numeric(dtype="int64", null_values=["-999"]),
        "k": Categorical(),
        "x": Numeric(dtype="float64"),
    },
    label=Label(column="y"),
)


def rows_of(root: Path, text: str | bytes, **request: Any) -> list[Rows]:
    (root / "t.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    source = DelimitedText(format="csv", uris=["t.csv"])
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source.model_dump(), **request})
    return list(Table(source, body, SCHEMA, [str(root)]).rows(skipped(root, body)))


def skipped(root: Path, body: BatchRequest) -> SkippedRows:
    return SkippedRows(Storage(str(root / "storage")), "predictions/p/job-1", body.max_bad_records)


def test_values_stand_in_the_columns_of_the_model_missing_ones_too(tmp_path: Path) -> None:
    (rows,) = rows_of(tmp_path, "x,unused,k,n\n0.5,u,a,7\n,u,,-999\n")
    np.testing.assert_array_equal(rows.values.numeric, np.array([[7, 0.5], [np.nan, np.nan]], np.float32))
    assert rows.values.tokens.tolist() == [[b"a"], [b""]]
    assert (rows.keys, rows.done) == ({}, 0.0)


def test_keys_are_numbers_where_they_are_features_and_text_elsewhere(tmp_path: Path) -> None:
    (rows,) = rows_of(tmp_path, "n,k,x,id\n7,a,1,007\n,,2,é\n", keys=["id", "n", "k"])
    assert {name: (column.type, column.to_pylist()) for name, column in rows.keys.items()} == {
        "id": (pa.string(), ["007", "é"]),
        "n": (pa.int64(), [7, None]),
        "k": (pa.string(), ["a", None]),
    }


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_decimals_are_exact_as_tokens_and_keys_and_the_nearest_doubles(tmp_path: Path, format: str) -> None:  # noqa: A002
    table = pa.table(
        {
            "n": pa.array([Decimal("7.00"), Decimal("-999.00")], pa.decimal128(10, 2)),
            "k": pa.array([Decimal(10**18), Decimal(10**18 + 1)], pa.decimal128(38, 0)),
            "x": pa.array([Decimal("90.21"), None], pa.decimal128(10, 2)),
            "id": pa.array([Decimal("90.21"), Decimal("5.00")], pa.decimal128(10, 2)),
        }
    )
    written = tmp_path / f"t.{format}"
    if format == "parquet":
        pq.write_table(table, written)
    else:
        with pa.ipc.new_file(str(written), table.schema) as out:
            out.write_table(table)
    source = {"format": format, "uris": [written.name]}
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source, "keys": ["id", "k"]})
    (rows,) = Table(body.source, body, SCHEMA, [str(tmp_path)]).rows(skipped(tmp_path, body))
    tokens = [b"1000000000000000000", b"1000000000000000001"]
    np.testing.assert_array_equal(rows.values.numeric, np.array([[7, 90.21], [np.nan, np.nan]], np.float32))
    assert rows.values.tokens.tolist() == [[token] for token in tokens]
    assert rows.keys["id"] == table.column("id").combine_chunks()
    assert rows.keys["k"] == table.column("k").combine_chunks()


def test_rows_come_in_batches_and_in_order(tmp_path: Path) -> None:
    text = "n,k,x\n" + "".join(f"{number},a,1\n" for number in range(25))
    found = rows_of(tmp_path, text, batch_size=10)
    assert [rows.values.rows for rows in found] == [10, 10, 5]
    assert [number for rows in found for number in rows.values.numeric[:, 0]] == list(range(25))


def test_columns_that_are_absent_are_missing_only_where_that_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="the files have no column for 'k', 'x'") as raised:
        rows_of(tmp_path, "n\n7\n")
    assert raised.value.pointer == "/source"
    (rows,) = rows_of(tmp_path, "n\n7\n", absent_columns="missing")
    np.testing.assert_array_equal(rows.values.numeric, np.array([[7, np.nan]], np.float32))
    assert rows.values.tokens.tolist() == [[b""]]


def test_a_key_must_be_a_column_and_hold_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="the files have no column 'id'") as raised:
        rows_of(tmp_path, "n,k,x\n7,a,1\n", keys=["k", "id"])
    assert raised.value.pointer == "/keys/1"
    with pytest.raises(InvalidData, match="the key 'k' holds bytes that are not UTF-8") as damaged:
        rows_of(tmp_path, b"n,k,x\n7,\xff,1\n", keys=["k"])
    assert damaged.value.pointer == "/keys"


def test_a_value_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UnparsableValue, match=r"line 3, column 'x': 'far' is not a number.*max_bad_records") as caught:
        rows_of(tmp_path, "n,k,x\n7,a,1\n8,b,far\n")
    assert caught.value.pointer == "/source", "a batch prediction's request has no features to point at"


def test_a_whole_number_with_a_fraction_is_the_number_that_it_is_everywhere_else(tmp_path: Path) -> None:
    text = rows_of(tmp_path, "n,k,x\n7.0,a,1\n,b,2\n", keys=["n"])
    (tmp_path / "t.jsonl").write_text('{"n": 7.0, "k": "a", "x": 1}\n{"n": null, "k": "b", "x": 2}\n')
    pq.write_table(pa.table({"n": [7.0, None], "k": ["a", "b"], "x": [1.0, 2.0]}), tmp_path / "t.parquet")
    for kind in ("jsonl", "parquet"):
        body = BatchRequest.model_validate(
            {"name": "p", "model": "m", "source": {"format": kind, "uris": [f"t.{kind}"]}, "keys": ["n"]}
        )
        (rows,) = Table(body.source, body, SCHEMA, [str(tmp_path)]).rows(skipped(tmp_path, body))
        np.testing.assert_array_equal(rows.values.numeric, text[0].values.numeric)
        assert rows.keys["n"].to_pylist() == [7, None]
    assert text[0].keys["n"].to_pylist() == [7, None]


def test_rows_that_cannot_be_read_are_skipped_over_all_files_together(tmp_path: Path) -> None:
    body = BatchRequest.model_validate(
        {"name": "p", "model": "m", "source": {"format": "csv", "uris": ["many"]}, "keys": ["id"], "max_bad_records": 3}
    )
    (tmp_path / "many").mkdir()
    (tmp_path / "many/1.csv").write_text("id,n,k,x\n1,1,a,1\n2,two,b,2\n3,3,c,3\n")
    (tmp_path / "many/2.csv").write_text("id,n,k,x\n4,4,d,4,4\n5,5,e,5\n6,6.5,f,6\n")
    kept = skipped(tmp_path, body)
    rows = list(Table(body.source, body, SCHEMA, [str(tmp_path)]).rows(kept))
    assert [key for some in rows for key in some.keys["id"].to_pylist()] == ["1", "3", "5"]
    kept.finish()
    assert kept.file is not None
    assert (kept.file.path, kept.file.rows) == ("predictions/p/job-1/rejected.jsonl", 3)
    rejected = from_lines(Storage(str(tmp_path / "storage")).read(kept.file.path))
    assert [(Path(row.file).name, row.line, row.text) for row in rejected] == [
        ("1.csv", 3, "2,two,b,2\n"),
        ("2.csv", 2, "4,4,d,4,4\n"),
        ("2.csv", 4, "6,6.5,f,6\n"),
    ]
    assert rejected[0].reason == "column 'n': 'two' is not a whole number (int64)"
    few = skipped(tmp_path, body.model_copy(update={"max_bad_records": 2}))
    with pytest.raises(
        TooManyBadRecords, match=r"^more than 2 rows .*\(max_bad_records\).*1\.csv, line 3: col"
    ) as caught:
        list(Table(body.source, body, SCHEMA, [str(tmp_path)]).rows(few))
    assert caught.value.pointer == "/max_bad_records"


RULED = Schema(
    features={
        "n": Numeric(dtype="int64", null_values=["-999"]),
        "k": Categorical(strip=True, fold_case=True, null_values=["None"], spelling="canonical"),
        "x": Numeric(dtype="float64"),
    },
    label=Label(column="y"),
)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
def test_a_key_is_as_it_was_written_also_where_a_feature_reads_it_otherwise(tmp_path: Path, form: str) -> None:
    texts = [" Yes", "NO ", "None", "101.0"]
    table = pa.table({"n": [7, -999, None, 1], "k": texts, "x": [0.5] * 4, "id": [1, 2, 3, 4]})
    path = tmp_path / f"t.{form}"
    match form:
        case "csv":
            path.write_text("n,k,x,id\n7, Yes,0.5,1\n-999,NO ,0.5,2\n,None,0.5,3\n1,101.0,0.5,4\n")
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
        case "parquet":
            pq.write_table(table, path)
        case _:
            feather.write_feather(table, str(path), compression="uncompressed")
    source = {"format": form, "uris": [path.name]}
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source, "keys": ["k", "n"]})
    (rows,) = Table(body.source, body, RULED, [str(tmp_path)]).rows(skipped(tmp_path, body))
    assert rows.values.tokens[:, 0].tolist() == [b"yes", b"no", b"", b"101"]
    np.testing.assert_array_equal(rows.values.numeric[:, 0], np.array([7, np.nan, np.nan, 1], np.float32))
    assert rows.keys["k"].to_pylist() == texts
    is_typed = form in {"parquet", "arrow"}
    assert rows.keys["n"].to_pylist() == [7, -999 if is_typed else None, None, 1], (
        "a number of text is as the model reads it"
    )


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_times_are_keys_with_their_type(tmp_path: Path, form: str) -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    times = {
        "at": pa.array([noon, None], pa.timestamp("ns", "UTC")),
        "local": pa.array([noon.replace(tzinfo=None), None], pa.timestamp("us")),
        "day": pa.array([noon.date(), None], pa.date32()),
        "hour": pa.array([noon.time(), None], pa.time64("us")),
    }
    table = pa.table({"n": [7, 8], "k": ["a", "b"], "x": [0.5, 0.5], **times})
    path = tmp_path / f"t.{form}"
    if form == "parquet":
        pq.write_table(table, path)
    else:
        feather.write_feather(table, str(path), compression="uncompressed")
    source = {"format": form, "uris": [path.name]}
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source, "keys": list(times)})
    (rows,) = Table(body.source, body, SCHEMA, [str(tmp_path)]).rows(skipped(tmp_path, body))
    assert rows.keys == times
    storage = Storage(str(tmp_path / "storage"))
    for kind in ("parquet", "jsonl"):
        with open_output(storage, f"p-{kind}", kind) as output:
            output.write(rows.keys, {"predictions": np.array([0.5, 0.25])})
    written = [json.loads(line) for line in storage.read("p-jsonl/part-00000.jsonl").splitlines()]
    assert written[0] == {
        "at": "2026-11-27T12:00:00.000000000Z",
        "local": "2026-11-27T12:00:00.000000",
        "day": "2026-11-27",
        "hour": "12:00:00.000000",
        "predictions": 0.5,
    }
    back = pq.read_table(str(storage.local_path("p-parquet/part-00000.parquet")))
    assert {name: back.column(name).combine_chunks() for name in times} == times


def test_null_tokens_of_the_training_source_are_missing_in_files_of_every_format(tmp_path: Path) -> None:
    schema = SCHEMA.model_copy(update={"null_tokens": ["", "NA", "0.25"]})
    pq.write_table(pa.table({"n": [7, 8], "k": ["NA", "b"], "x": [0.25, 0.5]}), tmp_path / "t.parquet")
    body = BatchRequest.model_validate(
        {"name": "p", "model": "m", "source": {"format": "parquet", "uris": ["t.parquet"]}}
    )
    (rows,) = Table(body.source, body, schema, [str(tmp_path)]).rows(skipped(tmp_path, body))
    assert rows.values.tokens.tolist() == [[b""], [b"b"]]
    np.testing.assert_array_equal(rows.values.numeric[:, 1], np.array([np.nan, 0.5], np.float32))


LISTS = Schema(
    features={"words": Categorical(many=Many(max=3)), "x": Numeric(dtype="float64")}, label=Label(column="y")
)
GIVEN: list[list[str | None] | None] = [["a", "b"], [], None, [None], ["x", ""]]


@pytest.mark.parametrize("format", ["parquet", "arrow", "jsonl", "csv"])
def test_lists_of_all_files_are_those_of_requests(tmp_path: Path, format: str) -> None:  # noqa: A002
    fields = Fields.of(LISTS)
    asked = read_rows([{"words": words, "x": 1.5} for words in GIVEN], fields, "instances")
    rows = batches_of_lists(tmp_path, format, GIVEN)
    assert [text.decode() for row in rows for text in row.values.tokens[:, 0]] == [
        text.decode() for text in asked.tokens[:, 0]
    ]


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_list_that_is_too_long_is_no_row(tmp_path: Path, format: str) -> None:  # noqa: A002
    with pytest.raises(
        InvalidData, match=r"(row 1|line 2), column 'words': a list of 4 tokens, and many\.max is 3; shorten the list"
    ):
        batches_of_lists(tmp_path, format, [["a", "b", "c", "d"]])


def batches_of_lists(root: Path, kind: str, given: list[list[str | None] | None]) -> list[Rows]:
    """Write the lists as a file of that format, as text where it has none, and read them."""
    texts = [None if own is None else text_of([(word or "").encode() for word in own], "|") for own in given]
    table = pa.table({"x": [1.5] * len(given), "words": pa.array(given, pa.list_(pa.string()))})
    path = root / f"t.{kind}"
    match kind:
        case "parquet":
            pq.write_table(table, path)
        case "arrow":
            feather.write_feather(table, str(path))
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
        case _:
            path.write_text("x,words\n" + "".join(f"1.5,{(text or b'').decode()}\n" for text in texts))
    source: dict[str, Any] = {"format": kind, "uris": [path.name]}
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source})
    return list(Table(body.source, body, LISTS, [str(root)]).rows(skipped(root, body)))
