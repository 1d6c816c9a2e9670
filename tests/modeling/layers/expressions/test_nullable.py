from __future__ import annotations

import pytest
import tensorflow as tf

from modeling.layers.expressions.nullable import Nullable, column, result, without_subnormals


def test_subnormal_doubles_are_zeros_of_their_sign() -> None:
    doubles = tf.constant([5e-324, -1e-310, 2.0**-1022, 2.3e-308], tf.float64)
    assert [x.hex() for x in without_subnormals(doubles).numpy().tolist()] == [
        x.hex() for x in [0.0, -0.0, 0.0, 2.3e-308]
    ]


def test_garbage_of_invalid_rows_is_neither_read_nor_returned() -> None:
    values = Nullable(tf.constant([1.0, float("nan"), float("inf")], tf.float64), tf.constant([True, False, True]))
    assert column(values, "double").values.numpy().tolist()[:2] == [1.0, 0.0]
    finite = result(values, "double")
    assert finite.values.numpy().tolist() == [1.0, 0.0, 0.0]
    assert finite.valid.numpy().tolist() == [True, False, False]


def test_a_column_of_another_dtype_is_refused() -> None:
    with pytest.raises(TypeError, match="integer is int64"):
        column(Nullable(tf.constant([1.0]), tf.constant([True])), "integer")
