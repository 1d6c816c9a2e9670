"""Fully connected layers equal the plain formula; dropout and batch statistics apply in training only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from contracts.messages.networks import Dnn
from modeling.networks.dense import HiddenLayers, output_layer

STATE = np.random.default_rng(0).normal(size=(32, 5)).astype(np.float32)


def layers(**fields: Any) -> Any:
    spec = Dnn(kind="dnn", **fields)
    return HiddenLayers(spec, spec.hidden)


def test_each_layer_is_weights_bias_and_relu() -> None:
    hidden = layers(hidden=[4, 3])
    hidden(STATE)
    expected = STATE
    for number, dense in enumerate(hidden.dense):
        dense.bias.assign(np.linspace(-1, 1, dense.units) + number)
        expected = np.maximum(expected @ dense.kernel.numpy() + dense.bias.numpy(), 0)
    np.testing.assert_allclose(hidden(STATE).numpy(), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tf.function(hidden)(STATE).numpy(), expected, rtol=1e-4, atol=1e-6)


def test_batch_normalization_goes_before_relu_and_replaces_the_bias() -> None:
    hidden = layers(hidden=[4], batch_norm=True)
    normalized = hidden(STATE, training=True).numpy()
    before = STATE @ hidden.dense[0].kernel.numpy()
    epsilon = hidden.norms[0].epsilon
    expected = np.maximum((before - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + epsilon), 0)
    np.testing.assert_allclose(normalized, expected, rtol=1e-3, atol=1e-4)
    assert not hidden.dense[0].use_bias
    moving = (hidden.norms[0].moving_mean.numpy(), hidden.norms[0].moving_variance.numpy())
    expected = np.maximum((before - moving[0]) / np.sqrt(moving[1] + epsilon), 0)
    np.testing.assert_allclose(hidden(STATE).numpy(), expected, rtol=1e-3, atol=1e-4)


def test_dropout_leaves_out_units_in_training_and_scales_the_others_up() -> None:
    hidden = layers(hidden=[64], dropout=0.5)
    whole, dropped = hidden(STATE).numpy(), hidden(STATE, training=True).numpy()
    assert np.array_equal(hidden(STATE).numpy(), whole)
    is_kept = dropped != 0
    np.testing.assert_allclose(dropped[is_kept], 2 * whole[is_kept], rtol=1e-5)
    assert 0.3 < is_kept[whole > 0].mean() < 0.7


def test_the_penalty_is_of_the_weights_and_not_of_the_biases() -> None:
    hidden, last = layers(hidden=[4, 3], l2=0.1), output_layer(Dnn(kind="dnn", l2=0.1), 2)
    last(hidden(STATE))
    for dense in (*hidden.dense, last):
        dense.bias.assign(np.full(dense.units, 100.0))
    squares = [float((dense.kernel.numpy() ** 2).sum()) for dense in (*hidden.dense, last)]
    assert [float(loss) for loss in (*hidden.losses, *last.losses)] == pytest.approx(
        [0.1 * square for square in squares], rel=1e-5
    )
    assert layers(hidden=[4]).losses == []


def test_the_last_layer_has_no_activation() -> None:
    last: Any = output_layer(Dnn(kind="dnn"), 3)
    outputs = last(STATE).numpy()
    np.testing.assert_allclose(outputs, STATE @ last.kernel.numpy(), rtol=1e-4, atol=1e-6)
    assert outputs.min() < 0 < outputs.max()
