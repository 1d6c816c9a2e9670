"""Records of rows, byte by byte as protobuf and the TFRecord format write them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.encode_example import (
    BYTES,
    ENTRY_BOUND,
    FLOAT,
    INT64,
    ROW_BOUND,
    SCALAR,
    VECTOR,
    write_records,
)
from preprocessing.kernels.memory import masked_crc32c

KINDS = {pa.float32(): FLOAT, pa.int64(): INT64, pa.binary(): BYTES}
GUARD = 16


def records(features: list[tuple[str, list[pa.Array]]], *, vector: bool = False) -> list[bytes]:
    """The messages of all rows, checked for their framing and for the room that they take."""
    arrays = [array for _, cells in features for array in cells]
    rows = len(arrays[0])
    names = [np.frombuffer(name.encode(), np.uint8) for name, _ in features]
    cells = [column(array) for array in arrays]
    text = sum(len(value or b"") for array in arrays if array.type == pa.binary() for value in array.to_pylist())
    sizes = sum(map(len, names)) + len(names) * ENTRY_BOUND + 11 * len(arrays)
    out = np.full(rows * (ROW_BOUND + sizes) + text + GUARD, 0xAA, np.uint8)
    values, offsets, bitmaps, starts = (
        np.array([getattr(cell, part) for cell in cells], np.int64) for part in ("values", "offsets", "bitmap", "start")
    )
    end = write_records(
        out.ctypes.data,
        np.arange(rows),
        np.array([KINDS[cells[0].type] for _, cells in features], np.int64),
        np.full(len(features), VECTOR if vector else SCALAR),
        np.cumsum([0, *(len(cells) for _, cells in features)]).astype(np.int64),
        np.array([name.ctypes.data for name in names], np.int64),
        np.array([len(name) for name in names], np.int64),
        values,
        offsets,
        bitmaps,
        starts,
    )
    size = end - out.ctypes.data
    assert size <= len(out) - GUARD
    assert (out[size:] == 0xAA).all()
    return framed(out[:size].tobytes())


def framed(data: bytes) -> list[bytes]:
    messages, begin = [], 0
    while begin < len(data):
        (length,) = struct.unpack_from("<Q", data, begin)
        message = data[begin + 12 : begin + 12 + length]
        assert struct.unpack_from("<I", data, begin + 8)[0] == checksum(data[begin : begin + 8])
        assert struct.unpack_from("<I", data, begin + 12 + length)[0] == checksum(message)
        messages.append(message)
        begin += 16 + length
    return messages


def checksum(data: bytes) -> int:
    array = np.frombuffer(data, np.uint8)
    return int(masked_crc32c(array.ctypes.data, len(data)))


def test_one_value_is_one_entry() -> None:
    (message,) = records([("ab", [pa.array([300], pa.int64())])])
    list_, key = b"\x0a\x02\xac\x02", b"\x0a\x02ab"
    feature = b"\x1a" + bytes([len(list_)]) + list_
    entry = key + b"\x12" + bytes([len(feature)]) + feature
    assert message == b"\x0a" + bytes([2 + len(entry)]) + b"\x0a" + bytes([len(entry)]) + entry


@pytest.mark.parametrize(
    "array",
    [
        pa.array([None, 1.0], pa.float32()),
        pa.array([float("nan"), 1.0], pa.float32()),
        pa.array([None, 1], pa.int64()),
        pa.array([None, b"a"], pa.binary()),
        pa.array([b"", b"a"], pa.binary()),
    ],
)
def test_a_missing_value_leaves_the_feature_absent(array: pa.Array) -> None:
    without, with_value = (tf.train.Example.FromString(message) for message in records([("x", [array])]))
    assert list(without.features.feature) == []
    assert list(with_value.features.feature) == ["x"]


@pytest.mark.parametrize("length", [1, 100, 108, 109, 110, 111, 127, 128, 16_000, 16_383, 16_384, 70_000])
def test_lengths_are_as_short_as_protobuf_writes_them(length: int) -> None:
    """Where the length of a message takes more bytes than that of the row before, the message is moved."""
    texts: list[bytes] = [b"short", b"x" * length, b"short", b"y" * length]
    messages = records([("name", [pa.array(texts, pa.binary())])])
    for message, text in zip(messages, texts, strict=True):
        example = tf.train.Example(
            features=tf.train.Features(feature={"name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[text]))})
        )
        assert message == example.SerializeToString(deterministic=True)


NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, -1, 127, 128]))


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(NUMBERS, st.floats(width=32), st.binary(max_size=30)), min_size=1, max_size=4))
def test_vectors_fit_their_bound_and_are_read_back(rows: list[tuple[int, float, bytes]]) -> None:
    copies = 9
    arrays: dict[str, Any] = {
        "i": pa.array([row[0] for row in rows], pa.int64()),
        "f": pa.array([row[1] for row in rows], pa.float32()),
        "b": pa.array([row[2] for row in rows], pa.binary()),
    }
    messages = records([(name, [array] * copies) for name, array in arrays.items()], vector=True)
    for message, (integer, number, text) in zip(messages, rows, strict=True):
        feature = tf.train.Example.FromString(message).features.feature
        assert list(feature["i"].int64_list.value) == [integer] * copies
        np.testing.assert_array_equal(np.array(feature["f"].float_list.value), [number] * copies)
        assert list(feature["b"].bytes_list.value) == [text] * copies


def test_a_missing_value_of_a_vector_is_nan_or_empty() -> None:
    floats, texts = pa.array([None], pa.float32()), pa.array([None], pa.binary())
    (message,) = records([("f", [floats, floats]), ("b", [texts])], vector=True)
    feature = tf.train.Example.FromString(message).features.feature
    assert np.isnan(feature["f"].float_list.value).tolist() == [True, True]
    assert list(feature["b"].bytes_list.value) == [b""]
