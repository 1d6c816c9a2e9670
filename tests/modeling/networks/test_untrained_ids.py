"""Ids that no training row had change nothing, in every network and with every optimizer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from contracts.features import Many
from contracts.messages.networks import NetworkSpec
from contracts.messages.optimizers import OptimizerSpec
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.networks.untrained_ids import embedded_inputs, initial_vectors, neutralize, untrained_ids
from modeling.optimization.optimizers import RowFtrl, make_optimizer

ADAM: dict[str, Any] = {"kind": "adam"}
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"kind": "linear"}, ADAM),
    ({"kind": "linear"}, {"kind": "ftrl"}),
    ({"kind": "linear"}, {"kind": "ftrl", "l1": 5.0}),
    ({"kind": "dnn", "hidden": [4]}, ADAM),
    ({"kind": "dnn", "hidden": [4]}, {"kind": "adagrad"}),
    ({"kind": "dnn", "hidden": [4]}, {"kind": "sgd", "momentum": 0.9}),
    ({"kind": "wide_deep", "hidden": [4]}, ADAM),
    ({"kind": "dcn_v2", "hidden": [4]}, ADAM),
]
SIZES = {"a": 6, "b": 4, "c": 30}
"""Two widths of vectors, so two tables in a deep network."""


def trained(network: dict[str, Any], optimizer: dict[str, Any]) -> tuple[Any, np.ndarray, list[np.ndarray]]:
    """A network after some steps on even ids, those ids, and its untrained ones."""
    generator = np.random.default_rng(0)
    ids = np.stack([2 * generator.integers(size // 2, size=512) for size in SIZES.values()], axis=1)
    labels = (generator.random(512) < 0.2 + 0.1 * ids[:, 0]).astype(np.float32)
    keras.utils.set_random_seed(0)
    built: Any = build_network(TypeAdapter[NetworkSpec](NetworkSpec).validate_python(network), Inputs(0, SIZES))
    initial = initial_vectors(built)
    spec = TypeAdapter[OptimizerSpec](OptimizerSpec).validate_python(optimizer)
    built.compile(make_optimizer(spec, 0.05), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    built.fit((np.zeros((512, 0), np.float32), ids), labels, batch_size=128, epochs=3, verbose=0)
    made = built.optimizer
    return built, ids, untrained_ids(built, initial, made.without_gradient if isinstance(made, RowFtrl) else None)


@pytest.mark.parametrize(("network", "optimizer"), CASES, ids=str)
def test_vectors_of_untrained_ids_become_their_features_mean(
    network: dict[str, Any], optimizer: dict[str, Any]
) -> None:
    built, ids, untrained = trained(network, optimizer)
    before = [np.array(table.table.numpy()) for table, _ in embedded_inputs(built)]
    neutralize(built, untrained, [tf.constant(ids[:100]), tf.constant(ids[100:])])
    for (table, columns), rows, old in zip(embedded_inputs(built), untrained, before, strict=True):
        values, start = table.table.numpy(), 0
        for column, size in zip(columns, table.sizes, strict=True):
            own = slice(start, start + size)
            assert rows[own].tolist() == [id_ not in set(ids[:, column]) for id_ in range(size)]
            assert np.array_equal(values[own][~rows[own]], old[own][~rows[own]]), "what was trained stays"
            expected = old[own][ids[:, column]].mean(axis=0)
            assert values[own][rows[own]] == pytest.approx(np.tile(expected, (rows[own].sum(), 1)), rel=3e-5, abs=1e-6)
            start += size


def test_an_untrained_id_is_an_average_row_to_a_linear_network() -> None:
    built, ids, untrained = trained({"kind": "linear"}, ADAM)
    neutralize(built, untrained, [tf.constant(ids)])
    unseen = ids.copy()
    unseen[:, 0] = 1
    numbers = tf.zeros([len(ids), 0])
    assert built((numbers, unseen)).numpy().mean() == pytest.approx(built((numbers, ids)).numpy().mean(), abs=1e-5)


def test_nothing_is_read_where_every_id_was_trained() -> None:
    built, _, untrained = trained({"kind": "linear"}, ADAM)

    def never() -> Any:
        raise AssertionError
        yield

    neutralize(built, [np.zeros_like(rows) for rows in untrained], never())


BAGS = {"tags": Many(max=3), "words": Many(max=5, combine="sqrtn"), "terms": Many(max=2, combine="sum")}


@pytest.mark.parametrize(
    "network",
    [{"kind": "linear"}, *({"kind": kind, "hidden": [4]} for kind in ("dnn", "wide_deep", "dcn_v2")),
     {"kind": "tabm", "hidden": [4], "members": 2}],
    ids=lambda network: network["kind"],
)  # fmt: skip
def test_untrained_ids_of_lists_become_the_mean_or_add_nothing(network: dict[str, Any]) -> None:
    """Lists share tables with other features, and those that are added up with those that are not."""
    sizes = {"a": 6, "b": 30, "tags": 6, "words": 30, "terms": 6}
    generator = np.random.default_rng(0)
    places = [BAGS[name].max if name in BAGS else 1 for name in sizes]
    drawn = [2 * generator.integers(size // 2, size=(512, n)) for size, n in zip(sizes.values(), places, strict=True)]
    ids = np.concatenate(drawn, axis=1)
    keras.utils.set_random_seed(0)
    spec = TypeAdapter[NetworkSpec](NetworkSpec).validate_python(network)
    built: Any = build_network(spec, Inputs(0, sizes, bags=BAGS))
    initial = initial_vectors(built)
    built.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    inputs = np.zeros((512, 0), np.float32), ids
    built.fit(inputs, generator.integers(2, size=512), batch_size=128, epochs=2, verbose=0)
    untrained = untrained_ids(built, initial)
    before = built(inputs).numpy()
    means = [table(tf.gather(ids, columns, axis=1)).numpy().mean(axis=0) for table, columns in embedded_inputs(built)]
    neutralize(built, untrained, [tf.constant(ids[:100]), tf.constant(ids[100:])])
    assert np.array_equal(built(inputs).numpy(), before), "what was trained stays"
    seen = set[bool]()
    for (table, _), rows, mean in zip(embedded_inputs(built), untrained, means, strict=True):
        values, start = table.table.numpy(), 0
        for size, expected, adds in zip(table.sizes, mean, table.adds_up, strict=True):
            own = slice(start, start + size)
            assert rows[own][1::2].all()
            wanted = np.zeros_like(expected) if adds else expected
            assert values[own][1::2] == pytest.approx(np.tile(wanted, (size // 2, 1)), rel=3e-5, abs=1e-6)
            seen.add(bool(adds))
            start += size
    assert seen == {False, True}
