"""The linear network equals the plain formula: a weight per number, a weight per id, and a bias."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from contracts.messages.networks import Linear
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.networks.linear import LinearPart

SIZES = {"a": 5, "b": 40}
NUMBERS = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
IDS = np.stack([np.arange(6) % 5, np.arange(6) * 7 % 40], axis=1)


def test_a_linear_network_has_a_weight_per_number_and_per_id_and_begins_at_even_odds() -> None:
    network = build_network(Linear(kind="linear"), Inputs(7, SIZES))
    assert sorted(tuple(weight.shape) for weight in network.weights) == [(1,), (7, 1), (45, 1)]
    outputs = network((tf.ones([2, 7]), tf.ones([2, 2], tf.int64)))
    assert outputs.numpy().tolist() == [0.0, 0.0]


@pytest.mark.parametrize("outputs", [1, 3])
def test_outputs_are_the_sum_of_the_weights_of_a_row(outputs: int) -> None:
    network: Any = build_network(Linear(kind="linear"), Inputs(3, SIZES), outputs)
    generator = np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(generator.normal(size=weight.shape))
    kernel, table = network.linear.numbers.kernel.numpy(), network.linear.categories.table.numpy()
    expected = NUMBERS @ kernel + table[IDS[:, 0]] + table[5 + IDS[:, 1]] + network.bias.numpy()
    expected = expected[:, 0] if outputs == 1 else expected
    np.testing.assert_allclose(network((NUMBERS, IDS)).numpy(), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(tf.function(network)((NUMBERS, IDS)).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_numbers_or_ids_alone() -> None:
    numbers: Any = LinearPart(Inputs(3, {}), 2)
    numbers((NUMBERS, IDS[:, :0]))
    numbers.numbers.kernel.assign(np.ones((3, 2)))
    sums = NUMBERS.sum(axis=1)
    np.testing.assert_allclose(numbers((NUMBERS, IDS[:, :0])).numpy(), np.stack([sums, sums], axis=1), rtol=1e-4)
    ids: Any = LinearPart(Inputs(0, SIZES), 1)
    ids.categories.table.assign(np.arange(45, dtype=np.float32)[:, np.newaxis])
    assert ids((NUMBERS[:, :0], IDS)).numpy()[:, 0].tolist() == (IDS[:, 0] + 5 + IDS[:, 1]).tolist()


def test_the_penalty_is_of_the_numbers_weights_and_of_a_rows_ids_on_average() -> None:
    part: Any = LinearPart(Inputs(3, SIZES), 1, 0.5)
    part((NUMBERS, IDS))
    part.numbers.kernel.assign([[1.0], [2.0], [3.0]])
    part.categories.table.assign(np.arange(45, dtype=np.float32)[:, np.newaxis])
    part((NUMBERS, IDS))
    squares = (IDS[:, 0] ** 2 + (5 + IDS[:, 1]) ** 2).sum() / len(IDS)
    assert sorted(float(loss) for loss in part.losses) == pytest.approx([0.5 * 14, 0.5 * squares])
