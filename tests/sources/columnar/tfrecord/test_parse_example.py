"""Bytes that no writer makes and protobuf reads, and bytes that it refuses: as TensorFlow has it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import example as example_of
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.columnar.tfrecord.written import example, read, write

from sources.rejects import Rejects


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


@example_of(message=bytes.fromhex("0200d5040a00"), cut=38)
@example_of(message=bytes.fromhex("0b009b0c0c"), cut=0)
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
        read(file, rejects, columns={"k": "bytes", "n": "int64", "x": "float"}, feature_lists="ignore")
        is_bad = [row.line for row in rejects.rows if "no tf.train.Example" in row.reason]
        assert is_bad == ([] if is_example else [2])


def test_lists_of_features_that_are_no_columns_are_not_looked_at(tmp_path: Path) -> None:
    sound = example({"k": b"abc", "x": 1.5})
    damaged = sound.replace(b"\x0a\x04" + struct.pack("<f", 1.5), b"\x0a\x05" + struct.pack("<f", 1.5))
    with pytest.raises(Exception, match="parsing message"):
        tf.train.Example.FromString(damaged)
    file = write(tmp_path / "t.tfrecord", [sound, damaged])
    rejects = Rejects(10)
    assert read(file, rejects, columns={"k": "bytes"}) == {"k": [b"abc", b"abc"]}
    assert not rejects.rows
    read(file, rejects, columns={"k": "bytes", "x": "float"})
    assert [row.line for row in rejects.rows] == [2]
