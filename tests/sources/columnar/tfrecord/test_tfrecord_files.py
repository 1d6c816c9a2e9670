"""What TensorFlow writes is read as it was, in any number of ranges; each damage and each bad record is named by its place."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.columnar.tfrecord.written import example, feature, listed, read, write

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData, TandemError, UnreadableFile
from contracts.source import TfRecordFiles
from preprocessing.planning.ranges import plan_ranges
from sources.read_range import positions_before, read_range
from sources.rejects import Rejects

FLOATS = st.floats(width=32, allow_nan=False)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-(1 << 63), (1 << 63) - 1),
        "x": FLOATS,
        "k": st.binary(min_size=1, max_size=300),
        "a name of more than sixteen bytes, the first": st.integers(-3, 300),
        "a name of more than sixteen bytes, the other": st.integers(-3, 300),
        "ä" * 80: st.binary(min_size=1, max_size=3),
        "": FLOATS,
    },
)
ROWS = [
    {
        "n": None if i % 7 == 0 else (i - 500) ** 5,
        "x": None if i % 5 == 0 else i / 8,
        "k": None if i % 3 == 0 else b"%x" % i * (i % 40),
    }
    for i in range(4000)
]


@pytest.fixture(params=["", "GZIP"])
def compression(request: pytest.FixtureRequest) -> str:
    return request.param


@given(rows=st.lists(ROW, min_size=1, max_size=30))
def test_any_values(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = write(tmp_path_factory.mktemp("any") / "t.tfrecord", map(example, rows))
    names = sorted({name for row in rows for name in row})
    if not names:
        with pytest.raises(UnreadableFile, match="none of the first records has a feature"):
            read(file)
        return
    assert read(file) == {name: [row.get(name) for row in rows] for name in names}


def test_rows_are_equal_from_plain_and_gzip_files(tmp_path: Path, compression: str) -> None:
    file = write(tmp_path / ("t.tfrecord.gz" if compression else "t.tfrecord"), map(example, ROWS), compression)
    expected = {name: [row[name] or None if name == "k" else row[name] for row in ROWS] for name in ("k", "n", "x")}
    assert read(file) == expected


@pytest.mark.parametrize("partitions", [None, 1, 2, 7, 5000])
def test_ranges_are_whole_records_and_all_of_them(tmp_path: Path, partitions: int | None) -> None:
    file = write(tmp_path / "t.tfrecord", map(example, ROWS))
    plan = plan_ranges(TfRecordFiles(format="tfrecord", uris=["t"]), [file], partitions)
    found: list[Any] = []
    for part in plan.ranges:
        assert positions_before(plan.source, file, part.start) == len(found)
        for batch in read_range(plan.source, [file], part, {"n": "int64"}):
            found += batch.column("n").to_pylist()
    assert found == [row["n"] for row in ROWS]
    assert len(plan.ranges) == {None: 1}.get(partitions, partitions) or 2000 < len(plan.ranges) <= len(ROWS) < (
        partitions or 0
    )


def test_an_absent_feature_and_one_without_values_are_missing(tmp_path: Path) -> None:
    empty = tf.train.Example(features=tf.train.Features(feature={"a": tf.train.Feature(), "b": feature([])}))
    file = write(tmp_path / "t.tfrecord", [example({"a": b"1", "b": 2}), empty.SerializeToString(), b""])
    assert read(file) == {"a": [b"1", None, None], "b": [2, None, None]}


def test_lists_that_are_not_packed_and_messages_in_parts(tmp_path: Path) -> None:
    """Bytes that no writer of ours makes, and protobuf reads: the values TensorFlow finds are read."""
    messages = [
        b"\x0a\x0a\x0a\x08\x0a\x01n\x12\x03\x1a\x01\x08"[:0] + example({"n": 7}),
        b"\x0a\x0b\x0a\x09\x0a\x01n\x12\x04\x1a\x02\x08\x07",  # an int64 that is not packed
        b"\x0a\x0e\x0a\x0c\x0a\x01x\x12\x07\x12\x05\x0d" + struct.pack("<f", 1.5),  # a float that is not packed
        example({"n": 1}) + example({"x": 2.5}),  # merged
        example({"n": 1}) + example({"n": 2}),  # the later one of a name
        b"\x0a\x0c\x0a\x0a\x12\x05\x1a\x03\x0a\x01\x09\x0a\x01n",  # the value before its name
        example({"n": 5}) + b"\x18\x01",  # an unknown field
    ]
    for message in messages:
        tf.train.Example.FromString(message)
    parsed = [tf.train.Example.FromString(message).features.feature for message in messages]
    file = write(tmp_path / "t.tfrecord", messages)
    assert read(file) == {
        "n": [each["n"].int64_list.value[0] if "n" in each else None for each in parsed],
        "x": [each["x"].float_list.value[0] if "x" in each else None for each in parsed],
    }


@given(message=st.binary(max_size=60), cut=st.integers(0, 60))
def test_damaged_examples_are_bad_exactly_where_tensorflow_refuses_them(
    message: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = example({"n": 300, "x": 1.5, "k": b"abc"})
    for damaged in (whole[:cut], whole[:cut] + message, message):
        try:
            tf.train.Example.FromString(damaged)
        except Exception:  # noqa: BLE001 - whatever protobuf raises
            is_example = False
        else:
            is_example = True
        file = write(tmp_path_factory.mktemp("damaged") / "t.tfrecord", [whole, damaged])
        rejects = Rejects(10)
        read(file, rejects, columns={"k": "bytes"}, feature_lists="ignore")
        is_bad = [row.line for row in rejects.rows if "no tf.train.Example" in row.reason]
        assert is_bad == ([] if is_example else [2])


def test_bad_records_are_named_or_skipped(tmp_path: Path) -> None:
    rows = [example({"n": 1, "k": b"a"}), example({"n": [1, 2]}), b"\xff", example({"n": b"7"}), example({"n": 5})]
    file = write(tmp_path / "t.tfrecord", rows)
    columns = {"n": "int64", "k": "bytes"}
    with pytest.raises(InvalidData, match=r"t\.tfrecord, record 2, column 'n' has 2 values.*max_bad_records") as error:
        read(file, columns=columns)
    assert error.value.pointer == "/features/n"
    rejects = Rejects(3)
    assert read(file, rejects, columns=columns) == {"n": [1, 5], "k": [b"a", None]}
    assert [(row.line, row.text) for row in rejects.rows] == [(2, rows[1]), (3, rows[2]), (4, rows[3])]
    assert "no tf.train.Example: a varint does not end" in rejects.rows[1].reason
    assert "a value of bytes_list, and the column is int64" in rejects.rows[2].reason
    with pytest.raises(TandemError, match="more than 2 rows cannot be read"):
        read(file, Rejects(2), columns=columns)


def test_columns_of_lists_and_of_mixed_types_cannot_be_read_and_harm_no_other(tmp_path: Path) -> None:
    file = write(
        tmp_path / "t.tfrecord", [example({"l": [1, 2], "m": b"a", "f": 1, "n": 1}), example({"m": 1, "f": 0.5})]
    )
    plan = plan_ranges(TfRecordFiles(format="tfrecord", uris=["t"]), [file])
    assert isinstance(plan.source, TfRecordFiles)
    assert plan.source.columns == {"f": "float", "l": "list", "m": "mixed", "n": "int64"}
    assert read(file) == {"f": [1.0, 0.5], "n": [1, None]}
    for name in ("l", "m"):
        with pytest.raises(InvalidData, match=f"column '{name}' has .*; exclude it") as error:
            list(read_range(plan.source, [file], plan.ranges[0], {name: "bytes"}))
        assert error.value.pointer == f"/features/{name}"


def damage(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damage, r"record 2 \(byte {}\): the checksum of its length"),
        (lambda data, second: damage(data, second + 9), r"record 2 \(byte {}\): the checksum of its length"),
        (lambda data, second: damage(data, second + 15), r"record 2 \(byte {}\): the checksum of its message"),
        (lambda data, second: damage(data, len(data) - 1), r"record 2 \(byte {}\): the checksum of its message"),
        (lambda data, second: data[:-1], r"record 2 \(byte {}\): it is truncated: at least 1 bytes"),
        (lambda data, second: data[: second + 5], r"record 2 \(byte {}\): it is truncated: at least 7 bytes"),
        (lambda data, second: b"n,x\n1,2\n3,4\n5,6\n", r"record 1 \(byte 0\): .* no TFRecord file: set source.format"),
        (lambda data, second: data[:7], r"record 1 \(byte 0\): .* no TFRecord file"),
    ],
)
@pytest.mark.parametrize("is_planned", [False, True])
def test_damaged_files(tmp_path: Path, change: Any, message: str, is_planned: bool) -> None:
    first = example({"n": 1, "k": b"abc"})
    second = len(first) + 16
    data = write(tmp_path / "t", [first, example({"n": 2})])
    path = Path(data.uri)
    path.write_bytes(change(path.read_bytes(), second))
    with pytest.raises(UnreadableFile, match=message.format(second)) as error:
        (in_ranges if is_planned else read)(listed(path))
    assert error.value.pointer == "/source"


def in_ranges(file: SourceFile) -> None:
    plan = plan_ranges(TfRecordFiles(format="tfrecord", uris=["t"], columns={"n": "int64"}), [file], 2)
    for part in plan.ranges:
        list(read_range(plan.source, plan.files, part, {"n": "int64"}))


def test_a_gzip_file_that_is_cut_or_not_named_as_one(tmp_path: Path) -> None:
    file = write(tmp_path / "t.tfrecord.gz", map(example, ROWS), "GZIP")
    plain = tmp_path / "t.tfrecord"
    plain.write_bytes(Path(file.uri).read_bytes())
    with pytest.raises(UnreadableFile, match=r"no TFRecord file: .*source\.compression if it is compressed"):
        read(listed(plain))
    assert read(listed(plain), compression="gzip") == read(file)
    Path(file.uri).write_bytes(plain.read_bytes()[:-2000])
    with pytest.raises(UnreadableFile, match=r"not readable as gzip|truncated"):
        read(listed(Path(file.uri)), columns={"n": "int64"})


def test_the_context_of_a_sequence_example(tmp_path: Path) -> None:
    lists = tf.train.FeatureLists(feature_list={"words": tf.train.FeatureList(feature=[feature(b"a"), feature(b"b")])})
    context = tf.train.Features(feature={"n": feature(3)})
    sequence = tf.train.SequenceExample(context=context, feature_lists=lists).SerializeToString()
    without = tf.train.SequenceExample(context=context).SerializeToString()
    only = tf.train.SequenceExample(feature_lists=lists).SerializeToString()
    file = write(tmp_path / "t.tfrecord", [without, sequence, only])
    with pytest.raises(InvalidData, match=r"record 2: a SequenceExample with feature lists") as error:
        read(file)
    assert error.value.pointer == "/source/feature_lists"
    assert read(file, feature_lists="ignore") == {"n": [3, 3, None]}


def test_long_values_and_records_of_several_chunks(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = [{"k": generator.bytes(size), "n": size} for size in (5_000_000, 3, 40_000, 1, 900_000)]
    file = write(tmp_path / "t.tfrecord", map(example, rows))
    assert read(file) == {"k": [row["k"] for row in rows], "n": [row["n"] for row in rows]}
