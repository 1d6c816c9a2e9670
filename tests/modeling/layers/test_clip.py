from __future__ import annotations

import tensorflow as tf

from modeling.layers.clip import Clip


def test_draws_to_the_edges_column_by_column() -> None:
    layer = tf.function(Clip([0.1, None, -1.0], [0.7, None, 1.0]))
    found = layer(tf.constant([[-5.0, -5.0, -5.0], [0.5, 1e30, 0.5], [5.0, 5.0, 5.0]])).numpy().tolist()
    assert found[0] == [tf.constant(0.1).numpy(), -5.0, -1.0]
    assert found[1] == [0.5, tf.constant(1e30).numpy(), 0.5]
    assert found[2] == [tf.constant(0.7).numpy(), 5.0, 1.0]
