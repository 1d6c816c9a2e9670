"""TensorFlow and protobuf read what the encoder wrote, whatever the values."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.encode_example import LIST, VECTOR
from preprocessing.records import tfrecord
from preprocessing.records.tfrecord import ExampleEncoder, ExampleFeature

FLOATS = st.one_of(
    st.none(),
    st.floats(width=32),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1e-45, 3.4028234663852886e38]),
)
INTEGERS = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, -1, 127, 128, 2**63 - 1, -(2**63)])
)
TEXTS = st.one_of(st.none(), st.binary(max_size=40), st.binary(min_size=100, max_size=300))
ROWS = st.lists(st.tuples(FLOATS, INTEGERS, TEXTS), min_size=1, max_size=8)


def batch_of(rows: list[tuple[float | None, int | None, bytes | None]], *, offset: int = 0) -> pa.RecordBatch:
    """The rows as columns f, i and b; with an offset, as a slice of longer arrays, which moves every bitmap."""
    padded = [rows[0]] * offset + rows
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([row[0] for row in padded], pa.float32()),
            pa.array([row[1] for row in padded], pa.int64()),
            pa.array([row[2] for row in padded], pa.binary()),
        ],
        ["f", "i", "b"],
    )
    return batch.slice(offset)


def encoded(encoder: ExampleEncoder, batch: pa.RecordBatch, rows: list[int]) -> bytes:
    return b"".join([piece.tobytes() for piece in encoder.encode(batch, np.array(rows, np.int64))])


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def messages(path: str) -> list[bytes]:
    return [cast("bytes", record.numpy()) for record in tf.data.TFRecordDataset(path)]


@settings(max_examples=150)
@given(rows=ROWS, offset=st.integers(0, 9))
def test_each_value_is_read_back_and_each_message_is_canonical(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float | None, int | None, bytes | None]], offset: int
) -> None:
    batch = batch_of(rows, offset=offset)
    encoder = ExampleEncoder(
        [ExampleFeature("naïve f", ("f",)), ExampleFeature("i", ("i",)), ExampleFeature("b", ("b",))]
    )
    path = write(tmp_path_factory.mktemp("r") / "x.tfrecord", encoded(encoder, batch, list(range(len(rows)))))
    found = messages(path)
    assert len(found) == len(rows)
    for message, (number, integer, text) in zip(found, rows, strict=True):
        example = tf.train.Example.FromString(message)
        feature = dict(example.features.feature)
        expected: set[str] = set()
        if number is not None and not np.isnan(number):
            expected.add("naïve f")
            written = np.float32(feature["naïve f"].float_list.value[0])
            assert written.tobytes() == np.float32(number).tobytes()
        if integer is not None:
            expected.add("i")
            assert list(feature["i"].int64_list.value) == [integer]
        if text:
            expected.add("b")
            assert list(feature["b"].bytes_list.value) == [text]
        assert set(feature) == expected
        again = tf.train.Example.FromString(example.SerializeToString())
        assert again == example
        assert len(example.SerializeToString()) == len(message), "every length and varint is as short as protobuf's"


@settings(max_examples=80)
@given(rows=ROWS, offset=st.integers(0, 9), copies=st.integers(1, 40))
def test_vectors_hold_a_value_per_column_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[float | None, int | None, bytes | None]],
    offset: int,
    copies: int,
) -> None:
    rows = [(number, 0 if integer is None else integer, text) for number, integer, text in rows]
    batch = batch_of(rows, offset=offset)
    encoder = ExampleEncoder(
        [
            ExampleFeature("numeric", ("f",) * copies, VECTOR),
            ExampleFeature("ids", ("i",) * copies, VECTOR),
            ExampleFeature("categorical", ("b",) * copies, VECTOR),
        ]
    )
    path = write(tmp_path_factory.mktemp("r") / "x.tfrecord", encoded(encoder, batch, list(range(len(rows)))))
    for message, (number, integer, text) in zip(messages(path), rows, strict=True):
        feature = tf.train.Example.FromString(message).features.feature
        expected = np.float32(np.nan if number is None else number)
        np.testing.assert_array_equal(np.array(feature["numeric"].float_list.value, np.float32), [expected] * copies)
        assert list(feature["ids"].int64_list.value) == [integer] * copies
        assert list(feature["categorical"].bytes_list.value) == [text or b""] * copies


def test_rows_are_written_in_the_order_asked_for(tmp_path: Path) -> None:
    batch = batch_of([(1.0, 10, b"a"), (2.0, 20, b"b"), (3.0, 30, b"c")])
    encoder = ExampleEncoder([ExampleFeature("i", ("i",))])
    path = write(tmp_path / "x.tfrecord", encoded(encoder, batch, [2, 0]))
    values = [tf.train.Example.FromString(m).features.feature["i"].int64_list.value[0] for m in messages(path)]
    assert values == [30, 10]


def test_rows_are_the_same_whatever_their_number_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of([(float(i), i, b"x" * i) for i in range(20)])
    encoder = ExampleEncoder([ExampleFeature("i", ("i",)), ExampleFeature("b", ("b",))])
    order = [7, 3, *range(8, 20), 0]
    whole = encoded(encoder, batch, order)
    monkeypatch.setattr(tfrecord, "_ROWS_AT_ONCE", 4)
    assert len(list(encoder.encode(batch, np.array(order)))) == 4
    assert encoded(encoder, batch, order) == whole


def test_no_rows_give_no_bytes() -> None:
    encoder = ExampleEncoder([ExampleFeature("i", ("i",))])
    assert len(encoded(encoder, batch_of([(1.0, 1, b"")]), [])) == 0


def test_equal_rows_give_equal_bytes_whatever_the_order_of_features() -> None:
    batch = batch_of([(1.5, -7, b"x")])
    features = [ExampleFeature("i", ("i",)), ExampleFeature("f", ("f",)), ExampleFeature("b", ("b",))]
    one = encoded(ExampleEncoder(features), batch, [0])
    other = encoded(ExampleEncoder(features[::-1]), batch, [0])
    assert one == other


def test_corruption_at_any_byte_is_detected(tmp_path: Path) -> None:
    encoder = ExampleEncoder([ExampleFeature("i", ("i",)), ExampleFeature("b", ("b",))])
    good = encoded(encoder, batch_of([(1.0, 300, b"token"), (None, -1, b"other")]), [0, 1])
    path = tmp_path / "x.tfrecord"
    for position in range(len(good)):
        bad = bytearray(good)
        bad[position] ^= 0x10
        path.write_bytes(bad)
        with pytest.raises((tf.errors.DataLossError, tf.errors.OutOfRangeError)):
            messages(str(path))


def test_a_column_of_another_type_is_refused() -> None:
    batch = pa.RecordBatch.from_pydict({"x": pa.array(["text"])})
    with pytest.raises(TypeError, match="Received: string"):
        encoded(ExampleEncoder([ExampleFeature("x", ("x",))]), batch, [0])


LISTS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60)),
        st.one_of(st.none(), st.lists(st.binary(max_size=200), max_size=6)),
    ),
    min_size=1,
    max_size=12,
)


@given(rows=LISTS, begin=st.integers(0, 3))
def test_lists_hold_all_of_their_values(rows: list[tuple[list[int] | None, list[bytes] | None]], begin: int) -> None:
    batch = pa.record_batch(
        [
            pa.array([whole for whole, _ in rows], pa.list_(pa.int64())),
            pa.array([texts for _, texts in rows], pa.list_(pa.binary())),
        ],
        names=["i", "b"],
    ).slice(min(begin, len(rows) - 1))
    encoder = ExampleEncoder([ExampleFeature("ids", ("i",), LIST), ExampleFeature("texts", ("b",), LIST)])
    order = np.arange(batch.num_rows)[::-1].copy()
    written = b"".join(piece.tobytes() for piece in encoder.encode(batch, order))
    messages, position = [], 0
    while position < len(written):
        size = int.from_bytes(written[position : position + 8], "little")
        messages.append(tf.train.Example.FromString(written[position + 12 : position + 12 + size]))
        position += 16 + size
    kept = rows[min(begin, len(rows) - 1) :][::-1]
    assert [list(message.features.feature["ids"].int64_list.value) for message in messages] == [
        whole or [] for whole, _ in kept
    ]
    assert [list(message.features.feature["texts"].bytes_list.value) for message in messages] == [
        texts or [] for _, texts in kept
    ]
