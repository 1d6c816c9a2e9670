"""Each network of a request: its outputs, what it can learn, and its predictions after it was saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter
from tests.modeling.made import Made, make_rows
from tests.modeling.made_records import raw_matrices

from contracts.messages.networks import NetworkSpec
from contracts.messages.optimizers import Adam
from modeling.export.saved_model import export
from modeling.label_kinds import TrainingLabels
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network, build_seeded
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.optimization.optimizers import make_optimizer
from modeling.training.admission import check_network

SPECS: list[dict[str, Any]] = [
    {"kind": "linear"},
    {"kind": "linear", "l2": 1e-4},
    {"kind": "dnn", "hidden": [8], "dropout": 0.5},
    {"kind": "dnn", "hidden": [8, 4], "batch_norm": True, "l2": 1e-4, "embedding_l2": 1e-4, "embedding_width": 3},
    {"kind": "wide_deep", "hidden": [8], "embedding_widths": {"b": 5}},
    {"kind": "dnn", "hidden": [8], "ensemble": 3, "l2": 1e-4, "embedding_l2": 1e-4, "dropout": 0.3},
    {"kind": "tabm", "members": 3, "hidden": [8], "dropout": 0.5},
    {"kind": "dcn_v2", "hidden": [8]},
    {"kind": "dcn_v2", "hidden": [8], "structure": "parallel", "rank": 3, "cross_layers": 3},
]
SIZES = {"a": 5, "b": 40}


def spec_of(spec: dict[str, Any]) -> NetworkSpec:
    return TypeAdapter[NetworkSpec](NetworkSpec).validate_python(spec)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("width", [0, 3])
@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["no ids", "ids"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_outputs_of_each_row(spec: dict[str, Any], width: int, sizes: dict[str, int], outputs: int) -> None:
    if not width and not sizes:
        pytest.skip("a schema has a feature")
    network = build_network(spec_of(spec), Inputs(width, sizes), outputs)
    inputs = (tf.ones([6, width]), tf.ones([6, len(sizes)], tf.int64))
    found = network(inputs, training=False)
    assert found.shape == ((6,) if outputs == 1 else (6, 3))
    assert np.array_equal(found.numpy(), network(inputs, training=False).numpy())


def known_function(rows: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """A linear part, and one that is a product of a number and of what an id stands for."""
    generator = np.random.default_rng(0)
    numeric = generator.normal(size=(rows, 2)).astype(np.float32)
    ids = np.stack([generator.integers(size, size=rows) for size in SIZES.values()], axis=1)
    score = 2 * numeric[:, 0] + np.where(ids[:, 0] % 2, 1.5, -1.5) * (1 + numeric[:, 1]) + np.sin(ids[:, 1])
    return (numeric, ids), (score > 0).astype(np.float32)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_each_learns_a_known_function(spec: dict[str, Any]) -> None:
    keras.utils.set_random_seed(1)
    inputs, labels = known_function(4096)
    network = build_network(spec_of(spec), Inputs(2, SIZES))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(make_optimizer(Adam(kind="adam"), 0.02), loss, jit_compile=False)  # pyright: ignore[reportArgumentType]
    network.fit(inputs, labels, batch_size=256, epochs=8, verbose=0)  # pyright: ignore[reportArgumentType]
    log_odds = network(inputs, training=False).numpy()
    right = float(np.mean((log_odds > 0) == labels))
    # A product is beyond a linear network: nobody must tell it that it is right.
    assert right > (0.8 if spec["kind"] == "linear" else 0.93)
    assert (right < 0.93) == (spec["kind"] == "linear")


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_each_answers_the_same_once_saved_and_loaded(spec: dict[str, Any], tmp_path: Path) -> None:
    made = Made(make_rows(60), [1] * 60)
    inputs = ModelInputs(made.schema, made.statistics, made.vocabularies)
    renamed = {**spec, **({"embedding_widths": {"origin": 5}} if "embedding_widths" in spec else {})}
    check_network(spec_of(renamed), made.schema)
    network = build_network(spec_of(renamed), Inputs(inputs.number_width, inputs.named_sizes))
    for weight in network.weights:  # so that nothing is answered right because it is 0
        weight.assign(np.random.default_rng(3).uniform(0.1, 1, weight.shape))
    numeric, tokens = raw_matrices(made.schema, made.rows)
    final = inputs(tf.constant(numeric), tf.constant(tokens.tolist(), tf.string))
    expected = tf.sigmoid(network(final, training=False)).numpy()
    export(made.schema, inputs, network, Target("binary", TrainingLabels(0.5)), tmp_path)
    loaded: Any = tf.saved_model.load(str(tmp_path))
    found = loaded.packed(tf.constant(numeric), tf.constant(tokens.tolist(), tf.string))
    np.testing.assert_allclose(found["predictions"].numpy(), expected, rtol=1e-6)


def test_a_seed_gives_the_same_weights_whatever_drew_before() -> None:
    """In a cluster the chief and its workers begin alike, though a process may have made other layers in the meantime."""

    def build() -> Any:
        return build_network(spec_of({"kind": "dnn", "hidden": [4]}), Inputs(2, SIZES))

    first, other = build_seeded(3, build), build_seeded(4, build)
    keras.layers.Dense(3).build((None, 2))
    again = build_seeded(3, build)
    for ours, theirs in zip(first.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])
