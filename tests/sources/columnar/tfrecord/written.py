"""TFRecord files as TensorFlow writes them, and the columns that are read from one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from contracts.dataset.manifest import SourceFile
from contracts.features import TextRule
from contracts.source import TfRecordFiles
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.whole_files import plan_whole_files

Feature = tf.train.Feature


def feature(value: Any) -> Any:
    """A feature of one value or of a list of them, of the type of the first."""
    values = value if isinstance(value, list) else [value]
    if values and isinstance(values[0], bytes):
        return Feature(bytes_list=tf.train.BytesList(value=values))
    if values and isinstance(values[0], float):
        return Feature(float_list=tf.train.FloatList(value=values))
    return Feature(int64_list=tf.train.Int64List(value=values))


def example(row: Mapping[str, Any]) -> bytes:
    """A row as an Example, its features in the order of their names; None is an absent feature."""
    features = {name: feature(value) for name, value in row.items() if value is not None}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)


def write(path: Path, messages: Iterable[bytes], compression: Any = "") -> SourceFile:
    """Write a file with TensorFlow."""
    with tf.io.TFRecordWriter(str(path), compression) as out:
        for message in messages:
            out.write(message)
    return listed(path)


def listed(path: Path) -> SourceFile:
    return SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=0)


def read(
    file: SourceFile,
    rejects: Rejects | None = None,
    text_rules: Mapping[str, TextRule] | None = None,
    **options: Any,
) -> dict[str, list[Any]]:
    """Read all columns of a file, with the type of each; lists by their rules."""
    source = TfRecordFiles(format="tfrecord", uris=[file.uri], **options)
    plan = plan_whole_files(source, [file])
    assert isinstance(plan.source, TfRecordFiles)
    types: Any = {"int64": "int64", "float": "float64", "bytes": "bytes"}
    rules = text_rules or {}
    kinds = {
        name: types.get(kind, "bytes")
        for name, kind in (plan.source.columns or {}).items()
        if kind in types or name in rules
    }
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    for part in plan.ranges:
        for batch in read_range(plan.source, plan.files, part, kinds, rejects=rejects, text_rules=rules):
            for name in kinds:
                columns[name] += batch.column(name).to_pylist()
    return columns


ROWS = [
    {
        "n": None if i % 7 == 0 else (i - 500) ** 5,
        "x": None if i % 5 == 0 else i / 8,
        "k": None if i % 3 == 0 else b"%x" % i * (i % 40),
    }
    for i in range(4000)
]
