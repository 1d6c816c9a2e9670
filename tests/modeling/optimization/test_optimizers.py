from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from contracts.messages.optimizers import OptimizerSpec
from modeling.layers.fused_embedding import FusedEmbedding
from modeling.optimization import optimizers
from modeling.optimization.optimizers import make_optimizer

KERAS: list[tuple[dict[str, Any], keras.optimizers.Optimizer]] = [
    ({"kind": "adam", "beta_1": 0.8}, keras.optimizers.Adam(0.1, beta_1=0.8)),
    ({"kind": "adagrad"}, keras.optimizers.Adagrad(0.1)),
    (
        {"kind": "ftrl", "l1": 0.01, "l2": 0.1, "beta": 0.5},
        keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.1, beta=0.5),
    ),
    ({"kind": "sgd"}, keras.optimizers.SGD(0.1)),
    ({"kind": "sgd", "momentum": 0.9, "nesterov": True}, keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
]
BATCHES = [[0, 1, 1, 3], [1, 3, 3, 3], [0, 1, 3, 0]]
"""Ids, some of them twice; the id 2 is never looked up, and 4 only at the end."""


def spec_of(spec: Any) -> OptimizerSpec:
    return TypeAdapter[OptimizerSpec](OptimizerSpec).validate_python(spec)


def trained(
    optimizer: keras.optimizers.Optimizer, batches: list[list[int]], *, as_dense: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """A table of vectors and a dense weight after a step per batch."""
    table = FusedEmbedding([5], 2)
    table.table.assign(np.linspace(-1, 1, 10).reshape(5, 2))
    weight = keras.Variable([[0.5], [-0.25]])
    for ids in batches:
        with tf.GradientTape() as tape:
            scores = tf.reshape(table(tf.constant(ids, tf.int64)[:, tf.newaxis]), [-1, 2]) @ weight.value
            loss = tf.reduce_mean(tf.square(scores - 1.0))
        variables = [table.table, weight]
        gradients = tape.gradient(loss, [each.value for each in variables])
        if as_dense:
            gradients = [tf.convert_to_tensor(each) for each in gradients]
        optimizer.apply(gradients, variables)
    return table.table.numpy(), weight.numpy()


@pytest.mark.parametrize(("spec", "theirs"), KERAS, ids=lambda each: str(each) if isinstance(each, dict) else "")
def test_small_tables_and_dense_weights_move_as_with_keras(spec: dict[str, Any], theirs: Any) -> None:
    found = trained(make_optimizer(spec_of(spec), 0.1), BATCHES)
    # Keras squares what a row's lookups add to its gradient one by one, unless it is given their sum.
    keras_moved = trained(theirs.from_config(theirs.get_config()), BATCHES, as_dense=True)
    for ours, expected in zip(found, keras_moved, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(
    "spec", [{"kind": "adagrad"}, {"kind": "ftrl", "l1": 0.01}, "sgd", {"kind": "sgd", "momentum": 0.5}], ids=str
)
def test_row_by_row_is_the_same_as_the_whole_table(spec: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained(make_optimizer(spec_of(spec), 0.1), BATCHES)
    monkeypatch.setattr(optimizers, "LARGE_TABLE", 1)
    by_row = trained(make_optimizer(spec_of(spec), 0.1), BATCHES)
    np.testing.assert_allclose(by_row[1], whole[1], rtol=1e-5, atol=1e-7)
    # Where ftrl starts from is 0: it takes rows there with its first step, if it is shown them.
    seen = [0, 1, 3] if isinstance(spec, dict) and spec["kind"] == "ftrl" else [0, 1, 2, 3, 4]
    np.testing.assert_allclose(by_row[0][seen], whole[0][seen], rtol=1e-5, atol=1e-7)


def test_adam_by_row_moves_what_was_looked_up_as_adam_does_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    always = [[0, 1, 3, 3], [3, 1, 0, 0]]
    whole, _ = trained(make_optimizer(spec_of("adam"), 0.1), always)
    monkeypatch.setattr(optimizers, "LARGE_TABLE", 1)
    rows, _ = trained(make_optimizer(spec_of("adam"), 0.1), always)
    np.testing.assert_allclose(rows, whole, rtol=1e-5)
    later, _ = trained(make_optimizer(spec_of("adam"), 0.1), [*always, [4, 4, 4, 4]])
    np.testing.assert_array_equal(later[[0, 1, 2, 3]], rows[[0, 1, 2, 3]])  # Adam would go on moving all but the third
    assert not np.array_equal(later[4], rows[4])


def test_ftrl_makes_weights_that_matter_little_exactly_zero() -> None:
    _, weight = trained(make_optimizer(spec_of({"kind": "ftrl", "l1": 100.0}), 0.1), BATCHES)
    assert weight.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("spec", ["adam", "adagrad", "ftrl", "sgd", {"kind": "sgd", "momentum": 0.9}], ids=str)
def test_each_learns(spec: Any) -> None:
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(512, 4)).astype(np.float32)
    labels = (inputs @ np.array([2.0, -1.0, 0.5, 0.0]) > 0.3).astype(np.float32)
    network = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    network.compile(
        make_optimizer(spec_of(spec), 0.5 if spec == "adagrad" else 0.1),
        "binary_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # pyright: ignore[reportArgumentType]
    )
    found = network.fit(inputs, labels, batch_size=32, epochs=8, verbose=0).history  # pyright: ignore[reportArgumentType]
    assert found["accuracy"][-1] > 0.93
    assert found["loss"][-1] < found["loss"][0]
