from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import raw_matrices

from contracts.errors import InvalidRequest
from contracts.messages.networks import DcnV2, NetworkSpec
from contracts.messages.optimizers import Adam
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import embedding_width
from modeling.optimization.objective import Target
from modeling.optimization.optimizers import make_optimizer
from modeling.training.admission import check_network

SPECS: list[dict[str, Any]] = [
    {"kind": "linear"},
    {"kind": "linear", "l2": 1e-4},
    {"kind": "dnn", "hidden": [8], "dropout": 0.5},
    {"kind": "dnn", "hidden": [8, 4], "batch_norm": True, "l2": 1e-4, "embedding_l2": 1e-4, "embedding_width": 3},
    {"kind": "wide_deep", "hidden": [8], "embedding_widths": {"b": 5}},
    {"kind": "dcn_v2", "hidden": [8]},
    {"kind": "dcn_v2", "hidden": [8], "structure": "parallel", "rank": 3, "cross_layers": 3},
]
SIZES = {"a": 5, "b": 40}


def spec_of(spec: dict[str, Any]) -> NetworkSpec:
    return TypeAdapter[NetworkSpec](NetworkSpec).validate_python(spec)


def shape_of(weights: list[Any]) -> list[tuple[int, ...]]:
    return sorted(tuple(weight.shape) for weight in weights)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("width", [0, 3])
@pytest.mark.parametrize("sizes", [{}, SIZES], ids=["no ids", "ids"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_outputs_of_each_row(spec: dict[str, Any], width: int, sizes: dict[str, int], outputs: int) -> None:
    if not width and not sizes:
        pytest.skip("a schema has a feature")
    network = build_network(spec_of(spec), width, sizes, outputs)
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
    network = build_network(spec_of(spec), 2, SIZES)
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
    network = build_network(spec_of(renamed), inputs.number_width, inputs.named_sizes)
    for weight in network.weights:  # so that nothing is answered right because it is 0
        weight.assign(np.random.default_rng(3).uniform(0.1, 1, weight.shape))
    numeric, tokens = raw_matrices(made.schema, made.rows)
    final = inputs(tf.constant(numeric), tf.constant(tokens.tolist(), tf.string))
    expected = tf.sigmoid(network(final, training=False)).numpy()
    export(made.schema, inputs, network, Target("binary", 0.5), tmp_path)
    loaded: Any = tf.saved_model.load(str(tmp_path))
    found = loaded.packed(tf.constant(numeric), tf.constant(tokens.tolist(), tf.string))
    np.testing.assert_allclose(found["predictions"].numpy(), expected, rtol=1e-6)


def test_a_linear_network_has_a_weight_per_number_and_per_id_and_begins_at_even_odds() -> None:
    network = build_network(spec_of({"kind": "linear"}), 7, SIZES)
    assert shape_of(network.weights) == [(1,), (7, 1), (45, 1)]
    found = network((tf.ones([2, 7]), tf.ones([2, 2], tf.int64)))
    assert found.numpy().tolist() == [0.0, 0.0]


def test_a_cross_layer_is_the_papers_formula() -> None:
    spec = spec_of({"kind": "dcn_v2", "cross_layers": 1, "rank": 2, "structure": "parallel", "hidden": [1]})
    network: Any = build_network(spec, 3, {})
    first = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    cross = network.crosses[0]
    narrow, full, bias = cross.narrow.kernel.numpy(), cross.full.kernel.numpy(), np.array([1.0, -2.0, 0.5], np.float32)
    cross.full.bias.assign(bias)
    assert (narrow.shape, full.shape) == ((3, 2), (2, 3))
    expected = first * (first @ narrow @ full + bias) + first
    np.testing.assert_allclose(cross(first, first).numpy(), expected, rtol=1e-5)


def test_low_rank_has_fewer_weights() -> None:
    def count(rank: int | None) -> int:
        network = build_network(DcnV2(kind="dcn_v2", rank=rank, hidden=[1], embedding_width=32), 0, SIZES)
        return network.count_params()

    assert count(None) - count(4) == 2 * (64 * 64 - 2 * 64 * 4)


def test_embeddings_are_as_wide_as_asked_for() -> None:
    spec = {"kind": "dnn", "hidden": [1], "embedding_width": 7, "embedding_widths": {"b": 5}}
    network: Any = build_network(spec_of(spec), 2, SIZES)
    assert network.vector.width == 2 + 7 + 5
    assert shape_of([table.table for table in network.vector.tables]) == [(5, 7), (40, 5)]


def test_vectors_for_what_has_no_ids_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="'carrier/日本'") as caught:
        check_network(spec_of({"kind": "dnn", "embedding_widths": {"class": 5}}), SCHEMA)
    assert caught.value.pointer == "/network/embedding_widths/class"


def test_default_widths_are_powers_of_two() -> None:
    widths = [embedding_width(size) for size in range(2, 3000)]
    assert set(widths) <= {2, 4, 8, 16}
    assert widths == sorted(widths)
