from __future__ import annotations

import tensorflow as tf

from modeling.layers.crossing import Crossing


def test_hashes_the_length_the_first_and_the_second() -> None:
    tokens = tf.constant([["ünï", "b", "c"], ["", "b", "c"]])
    missing = tf.constant([[False] * 3, [True, False, False]])
    found = tf.function(Crossing([(0, 1), (2, 1), (1, 2)], [1000, 1000, 10]))(tokens, missing).numpy()

    def expected(joined: str, size: int) -> int:
        return 1 + int(tf.strings.to_hash_bucket_fast(joined, size))

    assert found[0].tolist() == [expected("5:ünïb", 1000), expected("1:cb", 1000), expected("1:bc", 10)]
    assert found[1].tolist() == [0, expected("1:cb", 1000), expected("1:bc", 10)]
