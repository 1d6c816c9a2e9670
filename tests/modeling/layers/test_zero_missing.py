from __future__ import annotations

import tensorflow as tf

from modeling.layers.zero_missing import ZeroMissing

NAN, INFINITE = float("nan"), float("inf")


def test_only_what_was_missing_in_chosen_columns_is_zero() -> None:
    values = tf.constant([[NAN, NAN], [INFINITE, -INFINITE], [1.0, 2.0]])
    scaled = tf.constant([[3.0, 4.0], [3.0, 4.0], [3.0, 4.0]])
    found = tf.function(ZeroMissing([True, False]))(values, scaled)
    assert found.numpy().tolist() == [[0.0, 4.0], [0.0, 4.0], [3.0, 4.0]]
