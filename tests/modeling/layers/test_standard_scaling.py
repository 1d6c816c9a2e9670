from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.layers.standard_scaling import StandardScaling

# TensorFlow's threads take numbers below the smallest normal float32 as 0, in and out.
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
TINY = np.finfo(np.float32).tiny


@settings(max_examples=50)
@given(
    values=st.lists(FLOATS, min_size=1, max_size=20),
    center=st.floats(-1e30, 1e30),
    divisor=st.floats(1.1754943508222875e-38, 1e30),
)
def test_equals_numpys_float64_bit_for_bit_inside_a_graph(values: list[float], center: float, divisor: float) -> None:
    column = np.array(values, np.float32)[:, np.newaxis]
    graph = tf.function(StandardScaling([center], [divisor]))
    with np.errstate(over="ignore"):
        expected = ((column.astype(np.float64) - center) / divisor).astype(np.float32)
    expected[np.abs(expected) < TINY] = 0
    found: Any = graph(tf.constant(column))
    assert np.array_equal(found.numpy(), expected)


def test_tensorflow_does_not_turn_the_division_into_a_product() -> None:
    values = np.linspace(1, 2, 4096, dtype=np.float32)[:, np.newaxis]
    graph = tf.function(StandardScaling([0.0], [3.0]))
    found: Any = graph(tf.constant(values))
    assert np.array_equal(found.numpy(), (values.astype(np.float64) / 3.0).astype(np.float32))


def test_a_bound_holds_after_scaling_in_its_column_alone() -> None:
    layer = StandardScaling([0.0, 1.0], [1.0, 1e-30], [None, 100.0])
    found = layer(tf.constant([[1e30, 1e30], [-1e30, -1e30], [3.0, 1.0]])).numpy()
    np.testing.assert_array_equal(found, np.array([[1e30, 100], [-1e30, -100], [3, 0]], np.float32))
