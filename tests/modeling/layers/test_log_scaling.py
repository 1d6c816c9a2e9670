from __future__ import annotations

import numpy as np
import tensorflow as tf

from modeling.layers.log_scaling import LogScaling


def test_keeps_sign_and_order_in_float64_and_leaves_other_columns() -> None:
    column = np.array([-3e38, -1.0, -0.5, 0.0, 1e-20, 0.5, 1.0, 7.0, 3e38], np.float32)
    values = np.stack([column, column], axis=1)
    found = tf.function(LogScaling([True, False]))(tf.constant(values)).numpy()
    assert found.dtype == np.float64
    doubles = column.astype(np.float64)
    np.testing.assert_allclose(found[:, 0], np.sign(doubles) * np.log1p(np.abs(doubles)), rtol=1e-14)
    assert found[:, 1].tolist() == doubles.tolist()
    assert (np.diff(found[:, 0]) > 0).all()
