"""Vectors of ids that few training rows have: they are factors smaller, and held down."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts.messages.networks import TabM
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.networks.shrinkage import scales, shrinkage_penalty

SIZES = {"a": 3, "b": 4}
ROWS = (np.array([0.5, 10.0, 990.0]), np.array([40.0, 60.0, 100.0, 800.0]))


def network_of(shrinkage: float) -> Any:
    keras.utils.set_random_seed(3)
    spec = TabM(kind="tabm", members=2, hidden=[6], embedding_width=2, embedding_shrinkage=shrinkage)
    return build_network(spec, Inputs(1, SIZES, rows_by_id=ROWS))


def batch() -> tuple[tf.Tensor, tf.Tensor]:
    return tf.constant([[0.5], [-1.0], [2.0]]), tf.constant([[0, 3], [1, 0], [2, 1]], tf.int64)


def test_a_vector_counts_as_much_as_its_rows() -> None:
    assert scales(ROWS, 10)[0].tolist() == pytest.approx([0.5 / 10.5, 0.5, 0.99])
    plain, shrunk = network_of(0).vector, network_of(10).vector
    factors = np.concatenate(scales(ROWS, 10))
    np.testing.assert_allclose(shrunk.tables[0].table, plain.tables[0].table * factors[:, None], rtol=1e-6)
    expected = plain(batch()).numpy()
    expected[:, 1:] *= np.repeat(factors[np.array([[0, 6], [1, 3], [2, 4]])], 2, axis=1) ** 2
    np.testing.assert_allclose(shrunk(batch()).numpy(), expected, rtol=1e-6)


def test_the_penalty_falls_with_the_square_of_the_rows() -> None:
    def penalty(rows: int, batch: int = 4) -> float:
        factors = tf.fill([batch, 1, 1], np.float32(rows / (rows + 50)))
        return float(shrinkage_penalty(tf.tile(tf.constant([[[0.3, 0.4]]]), [batch, 1, 1]), factors))

    assert [penalty(rows) for rows in (50, 5, 500)] == pytest.approx([0.25, 25, 0.0025], rel=1e-3)
    assert penalty(50, 7) == pytest.approx(0.25, rel=1e-5), "it is the mean of rows"


def test_the_penalty_is_a_part_of_the_loss_in_training_alone() -> None:
    vector = network_of(10).vector
    vector(batch(), training=True)
    assert len(vector.losses) == 1
    vector(batch(), training=False)
    assert vector.losses == []


def test_once_trained_the_factors_are_in_the_vectors() -> None:
    network = network_of(10)
    before = network(batch(), training=False).numpy()
    for table in network.vector.tables:
        table.multiply()
        table.multiply()
    np.testing.assert_allclose(network(batch(), training=False).numpy(), before, rtol=1e-5, atol=1e-7)


def test_labels_of_few_rows_are_not_learned_by_heart() -> None:
    """A coin for every row, and four rows for each of 500 ids: whoever learns the ids is surer than the coin allows."""
    generator = np.random.default_rng(1)
    ids = np.repeat(np.arange(500), 4)
    labels = generator.integers(0, 2, len(ids)).astype(np.float32)

    def certainty(shrinkage: float) -> float:
        keras.utils.set_random_seed(1)
        spec = TabM(kind="tabm", members=1, hidden=[32], embedding_shrinkage=shrinkage)
        network = build_network(spec, Inputs(0, {"id": 500}, rows_by_id=(np.full(500, 4.5),)))
        network.compile(optimizer=keras.optimizers.Adam(0.01), loss=keras.losses.BinaryCrossentropy(from_logits=True))
        inputs = tf.zeros([len(ids), 0]), tf.constant(ids[:, None])
        network.fit(inputs, labels, epochs=30, batch_size=100, verbose=0)  # pyright: ignore[reportArgumentType]
        return float(np.abs(network(inputs, training=False).numpy()).mean())

    assert certainty(0) > 0.8
    assert certainty(50) < 0.15
