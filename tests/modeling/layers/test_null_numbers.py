from __future__ import annotations

import numpy as np
import tensorflow as tf

from contracts.features import null_numbers
from modeling.layers.null_numbers import NullNumbers


def test_each_column_has_its_own() -> None:
    layer = tf.function(NullNumbers([null_numbers(["-999", "0.1", "n/a"]), [], [0.0]]))
    values = np.array([[-999, -999, -999], [0.1, 0.1, 0.1], [-0.0, -0.0, -0.0], [np.nan, 1, 1e30]], np.float32)
    found = np.isnan(layer(tf.constant(values)).numpy())
    assert found.tolist() == [[True, False, False], [True, False, False], [False, False, True], [True, False, False]]


def test_numbers_that_no_float32_holds_are_none() -> None:
    assert null_numbers(["1e39", "-inf", "nan", "1e-50", "0", "-0.0", "16777217"]) == [0.0, -0.0, 16777216.0]
