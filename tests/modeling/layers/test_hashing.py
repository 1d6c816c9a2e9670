"""Tokens become ids by their hash."""

from __future__ import annotations

import tensorflow as tf

from modeling.layers.hashing import Hashing

TOKENS = tf.constant([[b"a", b"a", b"a"], [b"\xff\n\0", b"\xff\n\0", b"\xff\n\0"], [b"", b"NA", b"NA"]], tf.string)


def test_missing_is_zero_and_the_rest_begins_at_one() -> None:
    missing = tf.constant([[False] * 3, [False] * 3, [True, True, False]])
    ids = Hashing([1, 1, 5])(TOKENS, missing).numpy()
    assert ids[:, :2].tolist() == [[1, 1], [1, 1], [0, 0]]
    assert 1 <= ids[2, 2] <= 5
