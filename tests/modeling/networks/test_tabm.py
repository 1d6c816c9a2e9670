"""An ensemble in one network: members with losses of their own in training, and their mean in a prediction."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from contracts.input_rules import NumberSpread
from contracts.messages.networks import TabM
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs

SIZES = {"a": 5, "b": 40}
SPREADS = (NumberSpread((-2.0, -0.5, 0.5, 2.0), 0.1, 0.5), NumberSpread((-1.0, 1.0)))


def network_of(outputs: int = 1, **fields: Any) -> Any:
    keras.utils.set_random_seed(3)
    spec = TabM.model_validate({"kind": "tabm", "members": 3, "hidden": [6], **fields})
    return build_network(spec, Inputs(2, SIZES, SPREADS), outputs)


def rows(count: int) -> tuple[tf.Tensor, tf.Tensor]:
    generator = np.random.default_rng(0)
    ids = np.stack([generator.integers(size, size=count) for size in SIZES.values()], axis=1)
    return tf.constant(generator.normal(size=(count, 2)), tf.float32), tf.constant(ids, tf.int64)


def test_a_prediction_is_the_mean_of_the_members() -> None:
    for outputs in (1, 3):
        network, inputs = network_of(outputs), rows(10)
        by_member = network(inputs, training=True).numpy()
        assert by_member.shape == ((10, 3) if outputs == 1 else (10, 3, 3))
        np.testing.assert_allclose(
            network(inputs, training=False).numpy(), by_member.mean(axis=1), rtol=1e-5, atol=1e-6
        )
        assert np.abs(by_member - by_member.mean(axis=1, keepdims=True)).max() > 1e-3


def test_a_member_is_the_shared_layers_over_scaled_inputs() -> None:
    network, inputs = network_of(), rows(4)
    vector = np.concatenate(
        [network.vector((network.clip(inputs[0]), inputs[1])).numpy(), network.bins(inputs[0]).numpy()], axis=1
    )
    dense = network.hidden.dense[0]
    for member in range(3):
        hidden = np.maximum((vector * network.scales.numpy()[member]) @ dense.kernel.numpy() + dense.bias.numpy(), 0)
        expected = hidden @ network.last.numpy()[member, :, 0] + network.bias.numpy()[member, 0]
        np.testing.assert_allclose(network(inputs, training=True).numpy()[:, member], expected, rtol=1e-4, atol=1e-5)


def test_a_single_member_is_the_layers_alone() -> None:
    network, inputs = network_of(members=1), rows(4)
    assert network.scales is None
    vector = tf.concat([network.vector((network.clip(inputs[0]), inputs[1])), network.bins(inputs[0])], axis=1)
    dense = network.hidden.dense[0]
    hidden = np.maximum(vector.numpy() @ dense.kernel.numpy() + dense.bias.numpy(), 0)
    expected = hidden @ network.last.numpy()[0, :, 0] + network.bias.numpy()[0, 0]
    for training in (True, False):
        output = network(inputs, training=training).numpy().reshape(-1)
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_the_loss_in_training_is_the_mean_of_the_members_and_rows_keep_their_weights() -> None:
    network, inputs = network_of(), rows(8)
    network.compile(
        optimizer="sgd",
        loss=tf.nn.sigmoid_cross_entropy_with_logits,
        weighted_metrics=[keras.metrics.MeanMetricWrapper(lambda label, output: tf.abs(label - output), name="error")],
        jit_compile=False,
    )
    labels = tf.constant([0, 1] * 4, tf.float32)
    weights = tf.constant([0, 0, 1, 1, 1, 1, 2, 2], tf.float32)
    by_member = network(inputs, training=True)
    loss = float(network.compute_loss(inputs, labels, by_member, weights))
    losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.repeat(labels[:, None], 3, axis=1), by_member).numpy()
    assert np.isclose(loss, (losses.mean(axis=1) * weights.numpy()).sum() / 8, rtol=1e-5)
    mean = network(inputs, training=False)
    of_mean = tf.nn.sigmoid_cross_entropy_with_logits(labels, mean).numpy()
    evaluated = float(network.compute_loss(inputs, labels, mean, weights, training=False))
    assert np.isclose(evaluated, (of_mean * weights.numpy()).sum() / 8, rtol=1e-5)
    network.compute_metrics(inputs, labels, by_member, weights)
    (figure,) = [metric for metric in network.metrics if metric.name != "loss"]
    expected = np.average(np.abs(labels.numpy() - mean.numpy()), weights=weights.numpy())
    assert np.isclose(figure.result()["error"], expected, rtol=1e-5)


def test_numbers_have_bins_and_without_any_the_scaled_ones_are_left() -> None:
    assert network_of().bins.width == 16
    assert build_network(TabM(kind="tabm", members=2, hidden=[4]), Inputs(2, SIZES), 1).bins is None  # pyright: ignore[reportAttributeAccessIssue]
