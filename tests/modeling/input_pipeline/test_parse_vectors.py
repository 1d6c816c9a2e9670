"""Vectors of examples among single numbers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from modeling.input_pipeline.parse_vectors import with_vectors

NAMES = ["v[1]", "x", "v[0]"]
NAN = np.nan


def test_elements_replace_single_numbers_where_there_is_a_list() -> None:
    numbers = tf.constant([[NAN, 1.0, NAN], [9.0, 2.0, 8.0]])
    lists = tf.ragged.constant([[1.0, NAN], []], dtype=tf.float32)
    read = with_vectors(numbers, NAMES, {"v": (lists, ["v[0]", "v[1]"])})
    np.testing.assert_array_equal(read, [[NAN, 1.0, 1.0], [9.0, 2.0, 8.0]])
    assert with_vectors(numbers, NAMES, {}) is numbers


def test_a_list_of_another_length_fails_with_the_name() -> None:
    lists = tf.ragged.constant([[1.0, 2.0, 3.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="v: must have 2 numbers"):
        with_vectors(tf.fill([1, 3], NAN), NAMES, {"v": (lists, ["v[0]", "v[1]"])})


def test_a_list_next_to_a_single_number_fails_with_both_names() -> None:
    lists = tf.ragged.constant([[], [1.0, 2.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"v\[0\]: is in 'v', too; send one of them"):
        with_vectors(tf.constant([[9.0, 1.0, 8.0], [NAN, 2.0, 8.0]]), NAMES, {"v": (lists, ["v[0]", "v[1]"])})
