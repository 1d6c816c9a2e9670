"""Wide & deep is the sum of a linear and a deep network with one bias."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from contracts.messages.networks import WideDeep
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs

SIZES = {"a": 5, "b": 40}
NUMBERS = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
IDS = np.stack([np.arange(6) % 5, np.arange(6) * 7 % 40], axis=1)


@pytest.mark.parametrize("outputs", [1, 3])
def test_outputs_are_the_sum_of_both_parts(outputs: int) -> None:
    network: Any = build_network(WideDeep(kind="wide_deep", hidden=[4], embedding_width=3), Inputs(2, SIZES), outputs)
    generator = np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(generator.normal(size=weight.shape))
    kernel, weights = network.wide.numbers.kernel.numpy(), network.wide.categories.table.numpy()
    table, dense, last = network.vector.tables[0].table.numpy(), network.hidden.dense[0], network.last
    wide = NUMBERS @ kernel + weights[IDS[:, 0]] + weights[5 + IDS[:, 1]]
    vector = np.concatenate([NUMBERS, table[IDS[:, 0]], table[5 + IDS[:, 1]]], axis=1)
    deep = np.maximum(vector @ dense.kernel.numpy() + dense.bias.numpy(), 0) @ last.kernel.numpy() + last.bias.numpy()
    expected = (wide + deep)[:, 0] if outputs == 1 else wide + deep
    np.testing.assert_allclose(network((NUMBERS, IDS)).numpy(), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(tf.function(network)((NUMBERS, IDS)).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_there_is_one_bias_and_the_wide_part_begins_at_zero() -> None:
    network: Any = build_network(WideDeep(kind="wide_deep", hidden=[4]), Inputs(2, SIZES))
    biases = [weight.path for weight in network.weights if weight.shape == (1,)]
    assert len(biases) == 1
    assert not network.wide((NUMBERS, IDS)).numpy().any()
