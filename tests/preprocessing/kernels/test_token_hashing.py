"""Buckets by hash and crosses are those of TensorFlow's graph, for any bytes."""

from __future__ import annotations

import pyarrow as pa
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.layers.crossing import Crossing
from modeling.layers.hashing import Hashing
from modeling.layers.missing_token import MissingToken
from preprocessing.kernels.token_hashing import crossed, fingerprints, hash_ids

TOKEN = st.one_of(
    st.none(), st.binary(max_size=80), st.sampled_from([b"", b"1", b"1:", b"a", b"ab", b"\0", b"x" * 300])
)
BUCKETS = st.one_of(st.sampled_from([1, 2, 2_000_000_000]), st.integers(1, 2_000_000_000))


def tensor(tokens: list[list[bytes | None]]) -> tf.Tensor:
    return tf.constant([[token or b"" for token in row] for row in tokens], tf.string)


def array(tokens: list[bytes | None]) -> pa.Array:
    """A slice, so that offsets count."""
    return pa.array([b"before", None, *tokens], pa.binary()).slice(2)


@settings(max_examples=200)
@given(tokens=st.lists(TOKEN, min_size=1, max_size=20), buckets=BUCKETS)
def test_hashed_ids_are_the_graphs(tokens: list[bytes | None], buckets: int) -> None:
    ids = hash_ids(fingerprints(array(tokens)), buckets)
    ids[[not token for token in tokens]] = 0
    rows = tensor([[token] for token in tokens])
    graph = Hashing([buckets])(rows, MissingToken([[]])(rows)).numpy()
    assert ids.tolist() == graph[:, 0].tolist()


@settings(max_examples=200)
@given(pairs=st.lists(st.tuples(TOKEN, TOKEN), min_size=1, max_size=20), buckets=BUCKETS)
def test_crossed_ids_are_the_graphs(pairs: list[tuple[bytes | None, bytes | None]], buckets: int) -> None:
    first, second = (list(each) for each in zip(*pairs, strict=True))
    ids = crossed(array(first), array(second), buckets)
    rows = tensor([list(pair) for pair in pairs])
    graph = Crossing([(0, 1)], [buckets])(rows, MissingToken([[], []])(rows)).numpy()
    assert ids.tolist() == graph[:, 0].tolist()
    assert [i == 0 for i in ids.tolist()] == [not (a and b) for a, b in pairs]
