"""Numbers and learned vectors as one vector per row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.messages.networks import Dnn
from modeling.networks.build import build_network
from modeling.networks.embeddings import (
    MANY_IDS,
    Inputs,
    InputVector,
    embedding_width,
    embedding_widths,
    mean_square,
)

SIZES = {"a": 5, "b": 40}


def vector(numbers: int, sizes: dict[str, int], **fields: Any) -> Any:
    return InputVector(Inputs(numbers, sizes), Dnn(kind="dnn", **fields))


def test_embeddings_are_as_wide_as_asked_for() -> None:
    spec = Dnn(kind="dnn", hidden=[1], embedding_width=7, embedding_widths={"b": 5})
    network: Any = build_network(spec, Inputs(2, SIZES))
    assert network.vector.width == 2 + 7 + 5
    assert sorted(tuple(table.table.shape) for table in network.vector.tables) == [(5, 7), (40, 5)]


def test_default_widths_are_powers_of_two() -> None:
    widths = [embedding_width(size) for size in range(2, 3000)]
    assert set(widths) <= {2, 4, 8, 16}
    assert widths == sorted(widths)


def test_a_width_by_name_goes_before_the_width_of_all_and_that_before_the_rule() -> None:
    sizes = {"a": 3, "b": 1000}
    assert embedding_widths(Dnn(kind="dnn"), sizes) == [embedding_width(3), embedding_width(1000)]
    assert embedding_widths(Dnn(kind="dnn", embedding_width=9), sizes) == [9, 9]
    assert embedding_widths(Dnn(kind="dnn", embedding_width=9, embedding_widths={"a": 1}), sizes) == [1, 9]


@settings(max_examples=20)
@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    widths=st.lists(st.integers(1, 3), min_size=5, max_size=5),
    seed=st.integers(0, 100),
)
def test_every_feature_has_the_vector_of_its_id(sizes: list[int], widths: list[int], seed: int) -> None:
    """Whatever features share a table: a row holds its numbers and, in the order of tables, each feature's own vector."""
    named = {str(place): size for place, size in enumerate(sizes)}
    wide = {str(place): widths[place] for place in range(len(sizes))}
    layer = vector(2, named, embedding_widths=wide)
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=(3, 2)).astype(np.float32)
    ids = np.stack([generator.integers(size, size=3) for size in sizes], axis=1)
    parts = [numbers]
    for width, table in zip(sorted({*wide.values()}), layer.tables, strict=True):
        first = 0
        for name, size in named.items():
            if wide[name] == width:
                parts.append(table.table.numpy()[first + ids[:, int(name)]])
                first += size
        assert first == table.table.shape[0]
    assert np.array_equal(layer((numbers, ids)).numpy(), np.concatenate(parts, axis=1))
    assert layer.width == 2 + sum(wide.values())


def test_a_feature_with_many_ids_has_a_table_apart() -> None:
    layer = vector(0, {"few": 10, "many": MANY_IDS, "some": MANY_IDS - 1}, embedding_width=4)
    assert [table.table.shape[0] for table in layer.tables] == [10 + MANY_IDS - 1, MANY_IDS]


def test_without_ids_the_vector_is_the_numbers() -> None:
    layer = vector(3, {})
    numbers = tf.constant([[1.0, -2.0, 3.0]])
    assert layer((numbers, tf.zeros([1, 0], tf.int64))).numpy().tolist() == [[1.0, -2.0, 3.0]]
    assert layer.tables == []


def test_the_penalty_is_of_the_rows_vectors_on_average_over_the_batch() -> None:
    layer = vector(1, SIZES, embedding_l2=0.5, embedding_width=2)
    ids = np.array([[0, 1], [4, 39], [4, 39]])
    vectors = layer((np.ones((3, 1), np.float32), ids)).numpy()[:, 1:]
    assert [float(loss) for loss in layer.losses] == pytest.approx([0.5 * (vectors**2).sum() / 3], rel=1e-5)


def test_a_mean_square_without_rows_is_zero() -> None:
    assert float(mean_square(tf.constant([[3.0, 4.0], [0.0, 1.0]]))) == 13
    assert float(mean_square(tf.zeros([0, 2]))) == 0
