"""Ids of pairs of tokens are one plus TensorFlow's fingerprint of the joined pair, modulo the buckets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.crossing import cross_ids
from preprocessing.kernels.fingerprint import fingerprint
from preprocessing.kernels.token_hashing import crossed

TOKEN = st.one_of(st.none(), st.binary(max_size=12), st.sampled_from([b"", b"1:", b"x" * 300]))


def id_of(first: bytes | None, second: bytes | None, buckets: int) -> int:
    if not first or not second:
        return 0
    joined = np.frombuffer(b"%d:%s%s" % (len(first), first, second), np.uint8)
    return 1 + int(fingerprint(joined.ctypes.data, len(joined))) % buckets


@settings(max_examples=100)
@given(
    pairs=st.lists(st.tuples(TOKEN, TOKEN), min_size=1, max_size=10),
    buckets=st.sampled_from([1, 7, 2_000_000_000]),
    before=st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_each_row_has_the_id_of_its_joined_pair(
    pairs: list[tuple[bytes | None, bytes | None]], buckets: int, before: tuple[int, int]
) -> None:
    """Both columns are slices, of different offsets."""
    columns = [
        pa.array([b"pad"] * offset + [pair[i] for pair in pairs], pa.binary()).slice(offset)
        for i, offset in enumerate(before)
    ]
    first, second = map(column, columns)
    ids = np.full(len(pairs), -1, np.int32)
    one = (first.values, first.offsets, first.bitmap, first.start)
    other = (second.values, second.offsets, second.bitmap, second.start)
    cross_ids(ids, *one, *other, np.uint64(buckets))
    assert ids.tolist() == [id_of(*pair, buckets) for pair in pairs]


@pytest.mark.parametrize(
    ("one", "other"),
    [((b"a", b"bc"), (b"ab", b"c")), ((b"1", b"1:1"), (b"11", b":1")), ((b"2:a", b"b"), (b"2", b":ab"))],
)
def test_no_two_pairs_are_joined_to_the_same(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> None:
    many = 2_000_000_000
    ids = crossed(pa.array([one[0], other[0]], pa.binary()), pa.array([one[1], other[1]], pa.binary()), many)
    assert ids[0] != ids[1]


def test_long_tokens() -> None:
    lengths = [1, 9, 10, 99, 100, 235, 236, 1 << 20]
    first = pa.array([b"a" * length for length in lengths], pa.binary())
    second = pa.array([b"b" * length for length in reversed(lengths)], pa.binary())
    joined = [b"%d:%s%s" % (len(a), a, b) for a, b in zip(first.to_pylist(), second.to_pylist(), strict=True)]
    expected = tf.strings.to_hash_bucket_fast(tf.constant(joined, tf.string), 10**9).numpy() + 1
    assert np.array_equal(crossed(first, second, 10**9), expected)
