"""Features of several numbers in TFRecord files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tests.sources.columnar.tfrecord.written import example, write

from contracts.errors import InvalidData
from contracts.source import TfRecordFiles
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.whole_files import plan_whole_files

ELEMENTS = ["v[0]", "v[1]"]


def read(path: Path, messages: list[bytes], rejects: Rejects | None = None, **options: Any) -> list[list[Any]]:
    file = write(path / "v.tfrecord", messages)
    plan = plan_whole_files(TfRecordFiles(format="tfrecord", uris=[file.uri], **options), [file])
    rows: list[list[Any]] = []
    for part in plan.ranges:
        kinds: Any = dict.fromkeys(ELEMENTS, "float64")
        for batch in read_range(plan.source, plan.files, part, kinds, rejects=rejects, vectors={"v": ELEMENTS}):
            rows += [list(row) for row in zip(*(batch.column(name).to_pylist() for name in ELEMENTS), strict=True)]
    return rows


def test_floats_and_whole_numbers(tmp_path: Path) -> None:
    messages = [example({"v": [1.5, float("nan")]}), example({"v": [3, 2**40]}), example({}), example({"v": []})]
    assert read(tmp_path, messages) == [[1.5, None], [3.0, float(2**40)], [None, None], [None, None]]


def test_unpacked_lists_are_read_too(tmp_path: Path) -> None:
    floats = tf.train.FloatList(value=[1.5, 2.5]).SerializeToString()
    unpacked = b"\x0d" + floats[2:6] + b"\x0d" + floats[6:]
    feature = b"\x12" + bytes([len(unpacked)]) + unpacked
    entry = b"\x0a\x01v\x12" + bytes([len(feature)]) + feature
    features = b"\x0a" + bytes([len(entry)]) + entry
    assert read(tmp_path, [b"\x0a" + bytes([len(features)]) + features]) == [[1.5, 2.5]]


@pytest.mark.parametrize(
    ("value", "reason"),
    [([1.5], "a list of 1, and its shape is [2]"), ([b"a", b"b"], "holds bytes, and a vector is a")],
)
def test_other_features_are_bad_records(tmp_path: Path, value: Any, reason: str) -> None:
    messages = [example({"v": [1.5, 2.5]}), example({"v": value})]
    columns = {"v": "list"}
    with pytest.raises(InvalidData) as caught:
        read(tmp_path, messages, columns=columns)
    assert f"record 2, column 'v'{':' if 'list of' in reason else ''} {reason}" in str(caught.value)
    rejects = Rejects(1)
    assert read(tmp_path, messages, rejects, columns=columns) == [[1.5, 2.5]]
    assert [row.line for row in rejects.rows] == [2]
