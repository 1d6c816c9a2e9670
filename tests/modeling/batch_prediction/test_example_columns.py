"""TFRecord files as tables of a model's raw columns: the values of requests, absent columns, keys, and bad records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from tests.sources.columnar.tfrecord.test_feature_lists import sequence
from tests.sources.columnar.tfrecord.written import example, feature, write

from contracts.dataset.rejected_rows import from_lines
from contracts.errors import InvalidData, InvalidRequest, TooManyBadRecords, UnreadableFile
from contracts.expressions.expression import Expression
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.lists import ListStatistic
from contracts.features import Many, TimeFormat
from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.batch_prediction.table_rows import Rows, Table
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_rows
from modeling.feature_kinds.raw_values import RawValues
from preprocessing.expressions.parsing.parse_expression import parse_expression

SCHEMA = Schema(
    features={
        "x": Numeric(dtype="float64"),
        "n": Numeric(dtype="int64"),
        "code": Categorical(),
        "tags": Categorical(many=Many(max=3)),
        "emb[0]": Numeric(dtype="float64"),
        "emb[1]": Numeric(dtype="float64"),
        "nums:mean": Numeric(dtype="float64"),
        "age": Numeric(dtype="int64"),
        "since": Numeric(dtype="int64"),
    },
    computed={
        "nums:mean": Expression(
            root=ListStatistic(op="list_mean", operand=Column(name="nums", type="text"), separator="|")
        ),
        "age": parse_expression("unix_seconds(w)", {"w": "instant"}),
        "since": parse_expression("unix_seconds(u)", {"u": "instant"}),
    },
    columns={"nums": "bytes", "w": "instant", "u": "instant"},
    time_formats={"w": TimeFormat(format="%d.%m.%Y"), "u": TimeFormat(format="unix_s")},
    vectors={"emb": ["emb[0]", "emb[1]"]},
    label=Label(column="y"),
)
ROW: dict[str, Any] = {
    "code": 7,
    "emb": [0.5, -2.0],
    "n": 3,
    "nums": [1.5, 2.0],
    "tags": [b"a", b"b"],
    "u": 86_400,
    "w": b"02.01.1970",
    "x": 0.25,
}


def rows_of(root: Path, kept: SkippedRows | None = None, *, source: Any = None, **request: Any) -> list[Rows]:
    given = {"format": "tfrecord", "uris": ["t.tfrecord"], **(source or {})}
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": given, **request})
    return list(Table(body.source, body, SCHEMA, [str(root)]).rows(kept or skipped(root, body.max_bad_records)))


def skipped(root: Path, allowed: int) -> SkippedRows:
    return SkippedRows(Storage(str(root / "storage")), "predictions/p/job-1", allowed)


def asked(*rows: Mapping[str, Any]) -> RawValues:
    """The values of requests in JSON."""
    texts: list[dict[str, Any]] = [
        {
            name: [item.decode() if isinstance(item, bytes) else item for item in value]
            if isinstance(value, list)
            else value.decode()
            if isinstance(value, bytes)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return read_rows(texts, Fields.of(SCHEMA), "instances")


def equal(rows: Rows, wanted: RawValues) -> None:
    np.testing.assert_array_equal(rows.values.numeric, wanted.numeric)
    assert rows.values.tokens.tolist() == [
        [token.encode() if isinstance(token, str) else token for token in row] for row in wanted.tokens.tolist()
    ]
    assert rows.values.integers is not None
    assert wanted.integers is not None
    np.testing.assert_array_equal(rows.values.integers, wanted.integers)


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_values_are_those_of_requests(tmp_path: Path, compression: str) -> None:
    name = "t.tfrecord.gz" if compression else "t.tfrecord"
    other = {**ROW, "code": None, "tags": [b"c"], "x": None, "w": b"03.01.1970", "u": None, "emb": None, "nums": [4.0]}
    given = [ROW, other, {"n": None, "x": 1.0}]
    write(tmp_path / name, map(example, given), compression)
    (rows,) = rows_of(tmp_path, source={"uris": [name]})
    equal(rows, asked(*given))


@pytest.mark.parametrize(
    ("column", "value", "as_json"),
    [
        ("w", b"02.01.1970", "02.01.1970"),
        ("u", b"86400", 86_400),
        ("nums", [1.5, 2.0], [1.5, 2.0]),
        ("nums", [1, 2], [1, 2]),
        ("nums", b"1|2", "1|2"),
        ("code", 7, 7),
        ("code", 0.5, 0.5),
        ("n", 3.0, 3),
        ("x", 3, 3),
        ("emb", [1, 2], [1, 2]),
        ("tags", [1, 2], [1, 2]),
    ],
)
def test_each_type_of_list_is_read_as_a_dataset_job_reads_it(
    tmp_path: Path, column: str, value: Any, as_json: Any
) -> None:
    write(tmp_path / "t.tfrecord", [example({column: value})])
    (rows,) = rows_of(tmp_path)
    equal(rows, asked({column: as_json}))


def test_columns_that_the_first_records_lack_are_read_in_later_ones(tmp_path: Path) -> None:
    write(tmp_path / "t.tfrecord", [*[example({"code": b"7"})] * 5000, example({**ROW, "code": b"7"})])
    last = rows_of(tmp_path)[-1].values
    wanted = asked(ROW)
    np.testing.assert_array_equal(last.numeric[-1:], wanted.numeric)
    assert last.integers is not None
    assert wanted.integers is not None
    assert last.integers[-1:].tolist() == [[86_400_000_000, 86_400_000_000]] == wanted.integers.tolist()


def test_files_of_other_columns_are_refused_unless_all_may_be_missing(tmp_path: Path) -> None:
    packed = {"numeric": [0.5, 1.0], "categorical": [b"a", b"b"], "label": 1}
    write(tmp_path / "t.tfrecord", [example(packed)])
    with pytest.raises(
        InvalidRequest, match=r"none of the model's columns: 'code', 'emb', .* Received: 'categor"
    ) as it:
        rows_of(tmp_path)
    assert it.value.pointer == "/source"
    (rows,) = rows_of(tmp_path, absent_columns="missing")
    equal(rows, asked({}))


def test_named_columns_are_all_that_there_are(tmp_path: Path) -> None:
    write(tmp_path / "t.tfrecord", [example({"x": 0.5, "n": 1})])
    with pytest.raises(InvalidRequest, match="the files have no column for 'n', 'code'"):
        rows_of(tmp_path, source={"columns": {"x": "float"}})
    (rows,) = rows_of(tmp_path, source={"columns": {"x": "float"}}, absent_columns="missing")
    equal(rows, asked({"x": 0.5}))


def test_several_files_come_in_order_in_batches(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", (example({"n": number}) for number in range(5)))
    write(tmp_path / "b.tfrecord.gz", (example({"n": number}) for number in range(5, 7)), "GZIP")
    rows = rows_of(tmp_path, source={"uris": ["a.tfrecord", "b.tfrecord.gz"]}, batch_size=3)
    assert [some.values.rows for some in rows] == [3, 2, 2]
    assert [number for some in rows for number in some.values.numeric[:, 1].tolist()] == list(range(7))
    assert [some.done for some in rows] == [0, 0, 0.5]


def test_keys_keep_their_type_and_are_null_where_an_example_has_none(tmp_path: Path) -> None:
    examples = [{"id": "é".encode(), "n": 7, "x": 0.5, "w": b"02.01.1970"}, {"x": math.inf}, {}]
    write(tmp_path / "t.tfrecord", map(example, examples))
    (rows,) = rows_of(tmp_path, keys=["x", "id", "n", "w"])
    assert {name: (column.type, column.to_pylist()) for name, column in rows.keys.items()} == {
        "x": (pa.float32(), [0.5, math.inf, None]),
        "id": (pa.string(), ["é", None, None]),
        "n": (pa.int64(), [7, None, None]),
        "w": (pa.string(), ["02.01.1970", None, None]),
    }
    with pytest.raises(InvalidRequest, match="the files have no column 'other'"):
        rows_of(tmp_path, keys=["other"])
    write(tmp_path / "t.tfrecord", [example({"id": b"\xff", "n": 1})])
    with pytest.raises(InvalidData, match="the key 'id' holds bytes that are not UTF-8"):
        rows_of(tmp_path, keys=["id"])


BAD: dict[str, tuple[bytes, str]] = {
    "no example": (b"\xff", "it is no tf.train.Example"),
    "date": (example({"w": b"1970-01-02"}), "column 'w': '1970-01-02' is not a date or a time as '%d.%m.%Y' has it"),
    "several": (example({"code": [1, 2]}), "column 'code' has 2 values, and a column has one"),
    "text": (example({"x": b"far"}), "column 'x' holds a value of bytes_list, and the column is float"),
    "length": (example({"emb": [1.0]}), "column 'emb': a list of 1, and its shape is [2]"),
    "number of a list": (example({"nums": [b"1", b"far"]}), "column 'nums'"),
    "separator": (example({"tags": [b"a|b", b"c"]}), "column 'tags' holds a token with the separator '|'"),
    "long list": (example({"tags": [b"a"] * 4}), "column 'tags': a list of 4 tokens"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_records_are_named_or_set_aside(tmp_path: Path, bad: str) -> None:
    record, reason = BAD[bad]
    write(tmp_path / "t.tfrecord", [example({**ROW, "n": 1}), record, example({**ROW, "n": 3})])
    kept = skipped(tmp_path, 1)
    rows = rows_of(tmp_path, kept, keys=["n"])
    assert [key for some in rows for key in some.keys["n"].to_pylist()] == [1, 3]
    kept.finish()
    assert kept.file is not None
    (rejected,) = from_lines(Storage(str(tmp_path / "storage")).read(kept.file.path))
    assert (rejected.line, rejected.reason[: len(reason)]) == (2, reason)
    with pytest.raises((InvalidData, InvalidRequest), match=r"t\.tfrecord, record 2.*max_bad_records") as caught:
        rows_of(tmp_path)
    assert caught.value.pointer == "/source"


def test_no_more_bad_records_than_are_allowed(tmp_path: Path) -> None:
    write(tmp_path / "t.tfrecord", [example(ROW), b"\xff", b"\xff"])
    with pytest.raises(TooManyBadRecords, match=r"more than 1 rows .*t\.tfrecord, (line|record) 2: it is no"):
        rows_of(tmp_path, max_bad_records=1)


def test_feature_lists_are_refused_read_or_left_out(tmp_path: Path) -> None:
    steps = [feature(b"a"), feature(b"b")]
    record = sequence({"tags": steps}, x=feature(0.5))
    write(tmp_path / "t.tfrecord", [record, sequence({"tags": []}), example({"x": 1.0})])
    with pytest.raises(
        InvalidData, match=r"record 1: a SequenceExample with feature lists; with feature_lists"
    ) as caught:
        rows_of(tmp_path)
    assert caught.value.pointer == "/source/feature_lists"
    (rows,) = rows_of(tmp_path, source={"feature_lists": "read"})
    equal(rows, asked({"x": 0.5, "tags": ["a", "b"]}, {"tags": []}, {"x": 1.0}))
    (rows,) = rows_of(tmp_path, source={"feature_lists": "ignore"})
    equal(rows, asked({"x": 0.5}, {}, {"x": 1.0}))


def test_damaged_files_end_with_record_and_byte(tmp_path: Path) -> None:
    write(tmp_path / "t.tfrecord", [example(ROW)])
    whole = (tmp_path / "t.tfrecord").read_bytes()
    (tmp_path / "t.tfrecord").write_bytes(whole + whole[:-3])
    with pytest.raises(UnreadableFile, match=r"t\.tfrecord, record 2 \(byte \d+\): it is truncated"):
        rows_of(tmp_path)
    with tf.io.TFRecordWriter(str(tmp_path / "a.bin"), "GZIP") as out:
        out.write(example(ROW))
    assert len(rows_of(tmp_path, source={"uris": ["a.bin"], "compression": "gzip"})) == 1
    with pytest.raises(UnreadableFile, match=r"a\.bin.* no TFRecord file"):
        rows_of(tmp_path, source={"uris": ["a.bin"]})
