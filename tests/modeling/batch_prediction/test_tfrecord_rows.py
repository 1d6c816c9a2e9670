"""Rows of TFRecords as serialized examples, a batch at a time, with their keys."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import pytest
import tensorflow as tf
from tests.modeling.made_records import byte_list, real, serialized, whole

from contracts.errors import InvalidData, UnreadableFile
from contracts.messages.batch_predictions import BatchRequest, TfRecords
from modeling.batch_prediction.tfrecord_rows import Examples, example_rows


def write(path: Path, *records: bytes, compression: Literal["", "GZIP"] = "") -> None:
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in records:
            writer.write(record)


def rows_of(root: Path, *uris: str, compression: Any = "auto", **request: Any) -> list[Examples]:
    source = TfRecords(format="tfrecord", uris=[*uris], compression=compression)
    body = BatchRequest.model_validate({"name": "p", "model": "m", "source": source.model_dump(), **request})
    return list(example_rows(source, body, [str(root)]))


def record(number: int) -> bytes:
    return serialized({"n": whole([number])})


def test_rows_come_in_batches_in_the_order_of_the_files(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", *(record(number) for number in range(5)))
    write(tmp_path / "b.tfrecord.gz", record(5), record(6), compression="GZIP")
    found = rows_of(tmp_path, "a.tfrecord", "b.tfrecord.gz", batch_size=3)
    assert [rows.serialized.shape for rows in found] == [(3, 1), (2, 1), (2, 1)]
    assert [row for rows in found for row in rows.serialized[:, 0]] == [record(number) for number in range(7)]
    assert (found[0].done, found[1].done) == (0.0, 0.0)
    assert 0 < found[2].done < 1


def test_the_name_decides_on_compression_unless_the_request_does(tmp_path: Path) -> None:
    write(tmp_path / "a.bin", record(1), compression="GZIP")
    assert len(rows_of(tmp_path, "a.bin", compression="gzip")) == 1
    with pytest.raises(UnreadableFile, match=r"a\.bin is not a readable TFRecord file") as raised:
        rows_of(tmp_path, "a.bin")
    assert raised.value.pointer == "/source"


def test_keys_are_text_and_null_where_an_example_has_none(tmp_path: Path) -> None:
    examples = [
        {"id": byte_list(["é".encode(), b"second"]), "n": whole([7]), "x": real([0.5])},
        {"id": byte_list([]), "n": whole([]), "x": real([math.inf])},
        {},
    ]
    write(tmp_path / "a.tfrecord", *(serialized(example) for example in examples))
    (rows,) = rows_of(tmp_path, "a.tfrecord", keys=["x", "id", "n"])
    assert {name: column.to_pylist() for name, column in rows.keys.items()} == {
        "x": ["0.5", "inf", None],
        "id": ["é", None, None],
        "n": ["7", None, None],
    }


def test_without_keys_examples_are_not_parsed(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", b"\xff no example")
    assert rows_of(tmp_path, "a.tfrecord")[0].serialized[0, 0] == b"\xff no example"
    with pytest.raises(InvalidData, match=r"a record is no tf\.train\.Example"):
        rows_of(tmp_path, "a.tfrecord", keys=["id"])


def test_a_key_that_is_no_text_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.tfrecord", serialized({"id": byte_list([b"\xff"])}))
    with pytest.raises(InvalidData, match="the key 'id' holds bytes that are not UTF-8") as raised:
        rows_of(tmp_path, "a.tfrecord", keys=["n", "id"])
    assert raised.value.pointer == "/keys/1"
