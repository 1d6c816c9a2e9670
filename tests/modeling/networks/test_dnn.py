"""The plain deep network equals the formula over its own weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from contracts.messages.networks import Dnn
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs

NUMBERS = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
IDS = np.stack([np.arange(6) % 5, np.arange(6) * 7 % 40], axis=1)


@pytest.mark.parametrize("outputs", [1, 3])
def test_hidden_layers_read_numbers_and_vectors(outputs: int) -> None:
    spec = Dnn(kind="dnn", hidden=[4], embedding_width=3)
    network: Any = build_network(spec, Inputs(2, {"a": 5, "b": 40}), outputs)
    table = network.vector.tables[0].table.numpy()
    dense, last = network.hidden.dense[0], network.last
    vector = np.concatenate([NUMBERS, table[IDS[:, 0]], table[5 + IDS[:, 1]]], axis=1)
    hidden = np.maximum(vector @ dense.kernel.numpy() + dense.bias.numpy(), 0)
    expected = hidden @ last.kernel.numpy() + last.bias.numpy()
    expected = expected[:, 0] if outputs == 1 else expected
    np.testing.assert_allclose(network((NUMBERS, IDS)).numpy(), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tf.function(network)((NUMBERS, IDS)).numpy(), expected, rtol=1e-4, atol=1e-6)


def test_dropout_is_off_unless_training() -> None:
    network = build_network(Dnn(kind="dnn", hidden=[64], dropout=0.5), Inputs(2, {"a": 5, "b": 40}))
    first, second = (network((NUMBERS, IDS), training=False).numpy() for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, network((NUMBERS, IDS), training=True).numpy())


def test_penalties_of_layers_and_vectors_are_losses_of_the_network() -> None:
    network = build_network(Dnn(kind="dnn", hidden=[4], l2=0.1, embedding_l2=0.2), Inputs(2, {"a": 5}))
    network((NUMBERS, IDS[:, :1]))
    assert len(network.losses) == 3
