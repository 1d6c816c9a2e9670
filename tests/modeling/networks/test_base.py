"""The shape of a network's outputs."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from modeling.networks.base import Network


class Sums(Network):
    """The sum of a row's numbers, once per output, negative in training."""

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        numeric, _ = inputs
        sums = tf.reduce_sum(numeric, axis=1, keepdims=True) * (-1.0 if training else 1.0)
        return tf.tile(sums, [1, self.outputs_wide])


INPUTS = (tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.zeros([2, 0], tf.int64))


def test_one_output_is_a_number_per_row_and_several_are_a_row_of_them() -> None:
    assert Sums("sums", 1)(INPUTS).numpy().tolist() == [3.0, 7.0]
    assert Sums("sums", 2)(INPUTS).numpy().tolist() == [[3.0, 3.0], [7.0, 7.0]]


def test_a_single_row_keeps_its_axis() -> None:
    one_row = tuple(part[:1] for part in INPUTS)
    assert Sums("sums", 1)(one_row).numpy().tolist() == [3.0]
    assert Sums("sums", 1)(tuple(part[:0] for part in INPUTS)).shape == (0,)


def test_training_reaches_the_outputs() -> None:
    assert Sums("sums", 1)(INPUTS, training=True).numpy().tolist() == [-3.0, -7.0]


def test_a_network_without_outputs_is_none() -> None:
    with pytest.raises(NotImplementedError):
        Network("nothing", 1).outputs_of(INPUTS, training=False)


def test_ignored_numbers_change_nothing() -> None:
    network = Sums("sums", 1)
    network.ignore([1], 2)
    assert network(INPUTS).numpy().tolist() == [1.0, 3.0]
    assert network((tf.constant([[1.0, float("inf")]]), tf.zeros([1, 0], tf.int64))).numpy().tolist() == [1.0]
