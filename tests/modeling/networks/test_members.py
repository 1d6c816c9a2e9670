"""Several networks as one: each with weights and a loss of its own, and their mean in a prediction."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts.messages.networks import DcnV2, Deep, Dnn, WideDeep
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.networks.untrained_ids import initial_vectors, neutralize, untrained_ids

SIZES = {"a": 5, "b": 40}
SPECS = [
    Dnn(kind="dnn", hidden=[6], ensemble=3, embedding_l2=0.1),
    WideDeep(kind="wide_deep", hidden=[6], ensemble=3),
    DcnV2(kind="dcn_v2", hidden=[6], ensemble=3),
]


def rows(count: int) -> tuple[tf.Tensor, tf.Tensor]:
    generator = np.random.default_rng(0)
    ids = np.stack([generator.integers(size - 1, size=count) for size in SIZES.values()], axis=1)
    return tf.constant(generator.normal(size=(count, 2)), tf.float32), tf.constant(ids, tf.int64)


def built(spec: Deep, seed: int = 1) -> Any:
    keras.utils.set_random_seed(seed)
    return build_network(spec, Inputs(2, SIZES))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_members_begin_apart_and_their_mean_predicts(spec: Deep) -> None:
    network, inputs = built(spec), rows(20)
    alone = built(spec.model_copy(update={"ensemble": 1}))
    assert network.count_params() == 3 * alone.count_params()
    by_member = network(inputs, training=True).numpy()
    assert by_member.shape == (20, 3)
    assert np.abs(np.diff(by_member, axis=1)).max() > 1e-3
    np.testing.assert_allclose(network(inputs).numpy(), by_member.mean(axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(by_member[:, 0], alone(inputs).numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_member_learns_as_it_would_alone_and_the_penalties_count_for_each(spec: Deep) -> None:
    network, inputs, labels = built(spec), rows(64), tf.constant([0.0, 1.0] * 32)
    alone = built(spec.model_copy(update={"ensemble": 1}))
    for one in (network, alone):
        one.compile(
            optimizer=keras.optimizers.SGD(0.1), loss=tf.nn.sigmoid_cross_entropy_with_logits, jit_compile=False
        )
    alone.fit(*[inputs, labels], batch_size=64, epochs=1, verbose=0, shuffle=False)
    network.optimizer.learning_rate.assign(0.3)  # the mean of three losses has a third of each one's gradient
    network.fit(*[inputs, labels], batch_size=64, epochs=1, verbose=0, shuffle=False)
    first = network(inputs, training=True).numpy()[:, 0]
    np.testing.assert_allclose(first, alone(inputs).numpy(), rtol=1e-4, atol=1e-5)


def test_ids_that_training_never_saw_change_nothing_in_any_member() -> None:
    network, inputs, labels = built(SPECS[0]), rows(64), tf.constant([0.0, 1.0] * 32)
    network.compile(
        optimizer=keras.optimizers.SGD(0.1), loss=tf.nn.sigmoid_cross_entropy_with_logits, jit_compile=False
    )
    initial = initial_vectors(network)
    network.fit(inputs, labels, batch_size=64, epochs=1, verbose=0)
    untrained = untrained_ids(network, initial)
    assert len(untrained) == 6  # three members, each with two lengths of vectors
    assert all(of_table[-1] for of_table in untrained)
    neutralize(network, untrained, [inputs[1]])
    vectors = [table.table.numpy() for one in network.networks for table in one.vector.tables]
    for table, before, never in zip(vectors, initial, untrained, strict=True):
        assert not np.isclose(table[never], before[never]).all()
        assert np.ptp(table[never], axis=0).max() < 1e-6
