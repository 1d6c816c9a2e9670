"""Outputs that ascend, of every network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from contracts.messages.networks import NetworkSpec
from modeling.networks.build import build_network, build_seeded
from modeling.networks.embeddings import Inputs

SIZES = {"a": 5, "b": 40}
SPECS: list[dict[str, Any]] = [
    {"kind": "linear"},
    {"kind": "dnn", "hidden": [8]},
    {"kind": "wide_deep", "hidden": [8]},
    {"kind": "dcn_v2", "hidden": [8]},
    {"kind": "tabm", "hidden": [8], "members": 4, "bins": 0},
]


def made(spec: dict[str, Any], *, ascending: bool) -> Any:
    read = TypeAdapter[NetworkSpec](NetworkSpec).validate_python(spec)
    return build_seeded(3, lambda: build_network(read, Inputs(2, SIZES), 4, ascending=ascending))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["kind"])
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_ascending_outputs_never_cross(spec: dict[str, Any], scale: float) -> None:
    generator = np.random.default_rng(0)
    network = made(spec, ascending=True)
    for weight in network.weights:
        weight.assign(generator.normal(size=weight.shape).astype(np.float32))
    numbers = tf.constant(scale * generator.normal(size=(200, 2)), tf.float32)
    ids = tf.constant(np.stack([generator.integers(0, size, 200) for size in SIZES.values()], axis=1))
    outputs = network((numbers, ids)).numpy()
    assert outputs.shape == (200, 4)
    assert np.all(np.diff(outputs, axis=1) >= 0)
    assert np.isfinite(outputs).all()


def test_the_members_are_averaged_by_output_after_they_were_ordered() -> None:
    network = made(SPECS[-1], ascending=True)
    numbers, ids = tf.constant(np.random.default_rng(0).normal(size=(20, 2)), tf.float32), tf.zeros([20, 2], tf.int64)
    by_member = network((numbers, ids), training=True).numpy()
    assert by_member.shape == (20, 4, 4)
    assert np.all(np.diff(by_member, axis=2) > 0)
    np.testing.assert_allclose(network((numbers, ids)).numpy(), by_member.mean(axis=1), rtol=1e-5, atol=1e-5)


def test_steps_are_softplus_of_what_the_network_returns_without_order() -> None:
    inputs = tf.constant(np.random.default_rng(0).normal(size=(20, 2)), tf.float32), tf.zeros([20, 2], tf.int64)
    plain, ordered = (made(SPECS[1], ascending=ascending)(inputs).numpy() for ascending in (False, True))
    np.testing.assert_allclose(ordered[:, 0], plain[:, 0], rtol=1e-6)
    np.testing.assert_allclose(np.diff(ordered, axis=1), np.log1p(np.exp(plain[:, 1:])), rtol=1e-4, atol=1e-5)
