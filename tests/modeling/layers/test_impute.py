from __future__ import annotations

import numpy as np
import tensorflow as tf

from modeling.layers.impute import Impute


def test_what_is_not_finite_becomes_the_fill_as_float32() -> None:
    values = tf.constant([[1.5, np.nan, np.inf], [-0.0, -np.inf, 3e38]], tf.float32)
    filled = Impute([9.0, 0.1, -2.0])(values).numpy()
    assert filled.tolist() == [
        [1.5, float(np.float32(0.1)), -2.0],
        [-0.0, float(np.float32(0.1)), float(np.float32(3e38))],
    ]
    assert np.signbit(filled[1, 0])


def test_no_column_and_no_row() -> None:
    assert Impute([])(tf.zeros([3, 0])).shape == (3, 0)
    assert Impute([1.0])(tf.zeros([0, 1])).shape == (0, 1)
