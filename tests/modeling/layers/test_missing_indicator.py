from __future__ import annotations

import numpy as np
import tensorflow as tf

from modeling.layers.missing_indicator import MissingIndicator


def test_chosen_columns_say_where_they_were_missing() -> None:
    values = tf.constant([[np.nan, 1.0, np.inf], [0.0, np.nan, 2.0]], tf.float32)
    found = MissingIndicator([2, 0])(values)
    assert found.dtype == tf.float32
    assert found.numpy().tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_no_column_is_chosen() -> None:
    assert MissingIndicator([])(tf.zeros([3, 2])).shape == (3, 0)
