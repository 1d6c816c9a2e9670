"""FarmHash Fingerprint64 modulo the buckets of each column."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modeling.made import NASTY

from modeling.layers.token_hash import token_hash

TOKENS = tf.constant([[b"a", b"a", b"a"], [b"\xff\n\0", b"\xff\n\0", b"\xff\n\0"], [b"", b"NA", b"NA"]], tf.string)
FINGERPRINTS = {b"a": 12917804110809363939, b"": 11160318154034397263, b"UA": 740182185525242219}
"""Of FarmHash: ids in published models rest on them."""


def test_columns_of_different_sizes_keep_their_places() -> None:
    together = tf.function(lambda tokens: token_hash(tokens, [7, 1000, 7]))(TOKENS).numpy()
    for column, size in enumerate([7, 1000, 7]):
        alone = tf.strings.to_hash_bucket_fast(TOKENS[:, column], size).numpy()
        assert together[:, column].tolist() == alone.tolist()


@settings(max_examples=15)
@given(
    buckets=st.lists(st.sampled_from([1, 2, 7, 2_000_000_000]), min_size=1, max_size=6),
    words=st.lists(st.sampled_from(NASTY), min_size=1, max_size=4),
)
def test_each_column_is_hashed_as_if_it_were_alone(buckets: list[int], words: list[bytes]) -> None:
    ids = token_hash(tf.constant([[word] * len(buckets) for word in words], tf.string), buckets).numpy()
    assert ids.dtype == np.int64
    for column, size in enumerate(buckets):
        assert ids[:, column].tolist() == tf.strings.to_hash_bucket_fast(words, size).numpy().tolist()


def test_the_hash_is_farmhashs_fingerprint() -> None:
    tokens = tf.constant([[token, token] for token in FINGERPRINTS], tf.string)
    expected = [[number % 1000, number % 2_000_000_000] for number in FINGERPRINTS.values()]
    assert token_hash(tokens, [1000, 2_000_000_000]).numpy().tolist() == expected
