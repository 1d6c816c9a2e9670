"""Rows of equal content have one hash, whatever the batch they are in."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from modeling.input_pipeline.row_content import content_hashes, mixed

NUMBERS = st.floats(width=32, allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.binary(max_size=3), st.binary(max_size=3)), min_size=1, max_size=20))
def test_equal_rows_have_equal_hashes_and_others_other_ones(rows: list[tuple[float, float, bytes, bytes]]) -> None:
    numeric = np.array([row[:2] for row in rows], np.float32)
    hashes = content_hashes(tf.constant(numeric), tf.constant([row[2:] for row in rows]))
    keys = [
        (*((number + 0.0).tobytes() if number == number else b"nan" for number in pair), *row[2:])  # noqa: PLR0124
        for pair, row in zip(numeric, rows, strict=True)
    ]
    assert len(set(hashes.tolist())) == len(set(keys))
    for first in range(len(rows)):
        alone = content_hashes(tf.constant(numeric[first : first + 1]), tf.constant([rows[first][2:]]))
        assert alone[0] == hashes[first]


def test_missing_numbers_are_one_and_so_are_both_zeros() -> None:
    nans = np.array([[0x7FC00000], [0x7F800001], [0xFFC00000]], np.uint32).view(np.float32)
    nothing = tf.zeros([3, 0], tf.string)
    assert len(set(content_hashes(tf.constant(nans), nothing).tolist())) == 1
    zeros = content_hashes(tf.constant([[0.0], [-0.0], [1.0]]), nothing)
    assert (zeros[0] == zeros[1], zeros[0] == zeros[2]) == (True, False)


def test_columns_are_told_apart() -> None:
    numbers = content_hashes(tf.constant([[1.0, 2.0], [2.0, 1.0]]), tf.zeros([2, 0], tf.int64))
    ids = content_hashes(tf.zeros([2, 0]), tf.constant([[1, 2], [2, 1]], tf.int64))
    assert len({*numbers.tolist(), *ids.tolist()}) == 4


def test_splitmix64_as_published() -> None:
    state, outputs = np.array([1234567], np.uint64), []
    for _ in range(3):
        outputs.append(int(mixed(state)[0]))
        state += np.uint64(0x9E3779B97F4A7C15)
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]
