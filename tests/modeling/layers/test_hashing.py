from __future__ import annotations

import tensorflow as tf

from modeling.layers.hashing import Hashing
from modeling.layers.missing_token import MissingToken
from modeling.layers.token_hash import token_hash

TOKENS = tf.constant([[b"a", b"a", b"a"], [b"\xff\n\0", b"\xff\n\0", b"\xff\n\0"], [b"", b"NA", b"NA"]], tf.string)


def test_columns_of_different_sizes_keep_their_places() -> None:
    together = tf.function(lambda tokens: token_hash(tokens, [7, 1000, 7]))(TOKENS).numpy()
    for column, size in enumerate([7, 1000, 7]):
        alone = tf.strings.to_hash_bucket_fast(TOKENS[:, column], size).numpy()
        assert together[:, column].tolist() == alone.tolist()


def test_missing_is_zero_and_the_rest_begins_at_one() -> None:
    missing = MissingToken([[], ["NA"], ["-"]])(TOKENS)
    assert missing.numpy().tolist() == [[False] * 3, [False] * 3, [True, True, False]]
    found = Hashing([1, 1, 5])(TOKENS, missing).numpy()
    assert found[:, :2].tolist() == [[1, 1], [1, 1], [0, 0]]
    assert 1 <= found[2, 2] <= 5
