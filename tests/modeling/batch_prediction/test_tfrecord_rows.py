"""Rows of TFRecords as serialized examples, a batch at a time, with their keys."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from tests.modeling.made_records import byte_list, real, serialized, whole

from contracts.dataset.rejected_rows import from_lines
from contracts.errors import InvalidData, InvalidRequest, TooManyBadRecords, UnreadableFile
from contracts.messages.batch_predictions import BatchRequest, TfRecords
from contracts.storage import Storage
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.batch_prediction.tfrecord_rows import PredictedExamples, predict_examples


def write(path: Path, *records: bytes, compression: Literal["", "GZIP"] = "") -> None:
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in records:
            writer.write(record)


def rows_of(
    root: Path, *uris: str, compression: Any = "auto", kept: SkippedRows | None = None, **request: Any
) -> list[PredictedExamples]:
    source = TfRecords(format="tfrecord", uris=[*uris], compression=compression)
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source.model_dump(), **request})
    return list(predict_examples(source, body, [str(root)], unchanged, kept or skipped(root, 0)))


def skipped(root: Path, allowed: int) -> SkippedRows:
    return SkippedRows(Storage(str(root / "storage")), "predictions/p/job-1", allowed)


def unchanged(serialized: np.ndarray[Any, Any]) -> dict[str, Any]:
    """A model that returns the records themselves, and refuses those that begin with !."""
    if any(record.startswith(b"!") for record in serialized[:, 0]):
        raise InvalidRequest("a record begins with !")
    return {"records": serialized}


def record(number: int) -> bytes:
    return serialized({"n": whole([number])})


def test_rows_come_in_batches_in_the_order_of_the_files(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", *(record(number) for number in range(5)))
    write(tmp_path / "b.tfrecord.gz", record(5), record(6), compression="GZIP")
    found = rows_of(tmp_path, "a.tfrecord", "b.tfrecord.gz", batch_size=3)
    assert [rows.outputs["records"].shape for rows in found] == [(3, 1), (2, 1), (2, 1)]
    assert [row for rows in found for row in rows.outputs["records"][:, 0]] == [record(number) for number in range(7)]
    assert (found[0].done, found[1].done) == (0.0, 0.0)
    assert 0 < found[2].done < 1


def test_the_name_decides_on_compression_unless_the_request_does(tmp_path: Path) -> None:
    write(tmp_path / "a.bin", record(1), compression="GZIP")
    assert len(rows_of(tmp_path, "a.bin", compression="gzip")) == 1
    with pytest.raises(UnreadableFile, match=r"a\.bin is not a readable TFRecord file") as raised:
        rows_of(tmp_path, "a.bin")
    assert raised.value.pointer == "/source"


def test_keys_keep_their_type_and_are_null_where_an_example_has_none(tmp_path: Path) -> None:
    examples = [
        {"id": byte_list(["é".encode(), b"second"]), "n": whole([7]), "x": real([0.5])},
        {"id": byte_list([]), "n": whole([]), "x": real([math.inf])},
        {},
    ]
    write(tmp_path / "a.tfrecord", *(serialized(example) for example in examples))
    (rows,) = rows_of(tmp_path, "a.tfrecord", keys=["x", "id", "n"])
    assert {name: (column.type, column.to_pylist()) for name, column in rows.keys.items()} == {
        "x": (pa.float32(), [0.5, math.inf, None]),
        "id": (pa.string(), ["é", None, None]),
        "n": (pa.int64(), [7, None, None]),
    }


def test_a_key_that_begins_as_a_whole_number_stays_one(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", serialized({}), record(7), serialized({"n": real([8.0])}))
    rows = rows_of(tmp_path, "a.tfrecord", keys=["n"], batch_size=1)
    assert [(some.keys["n"].type, *some.keys["n"].to_pylist()) for some in rows] == [
        (pa.int64(), None),
        (pa.int64(), 7),
        (pa.int64(), 8),
    ]
    write(tmp_path / "b.tfrecord", record(7), serialized({"n": byte_list([b"x"])}))
    with pytest.raises(InvalidData, match=r"the key 'n' holds whole numbers first\. Received: 'x'"):
        rows_of(tmp_path, "b.tfrecord", keys=["n"])


def test_records_that_cannot_be_read_are_skipped_or_named(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", record(0), b"!\xff", record(2), record(3), b"!4", record(5))
    kept = skipped(tmp_path, 2)
    rows = rows_of(tmp_path, "a.tfrecord", keys=["n"], batch_size=4, kept=kept)
    assert [key for some in rows for key in some.keys["n"].to_pylist()] == [0, 2, 3, 5]
    kept.finish()
    assert kept.file is not None
    rejected = from_lines(Storage(str(tmp_path / "storage")).read(kept.file.path))
    assert [(row.line, row.raw, row.reason) for row in rejected] == [
        (2, b"!\xff", "a record is no tf.train.Example"),
        (5, b"!4", "a record is no tf.train.Example"),
    ]
    with pytest.raises(TooManyBadRecords, match=r"more than 1 rows .*a\.tfrecord, line 2: a record is no"):
        rows_of(tmp_path, "a.tfrecord", kept=skipped(tmp_path, 1))
    with pytest.raises(InvalidRequest, match=r"a\.tfrecord, record 2: a record is no .*max_bad_records") as caught:
        rows_of(tmp_path, "a.tfrecord")
    assert caught.value.pointer == "/source"


def test_without_keys_examples_are_not_parsed(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", b"\xff no example")
    assert rows_of(tmp_path, "a.tfrecord")[0].outputs["records"][0, 0] == b"\xff no example"
    with pytest.raises(InvalidData, match=r"a record is no tf\.train\.Example"):
        rows_of(tmp_path, "a.tfrecord", keys=["id"])


def test_a_key_that_is_no_text_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", serialized({"id": byte_list([b"\xff"])}))
    with pytest.raises(InvalidData, match="the key 'id' holds bytes that are not UTF-8") as raised:
        rows_of(tmp_path, "a.tfrecord", keys=["n", "id"])
    assert raised.value.pointer == "/keys/1"
