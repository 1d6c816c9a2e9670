"""Weights of tokens by the lists that have them, and vectors of lists with weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from contracts.features import Many
from contracts.features.many import Combine
from modeling.layers.fused_embedding import FusedEmbedding
from modeling.networks.embeddings import Inputs

SIZES = [3, 5]
WEIGHTS = np.array([0, 1, 0, 2.5, 4], np.float32)


@pytest.mark.parametrize("combine", ["mean", "sum", "sqrtn"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_a_list_is_the_weighted_combination_of_its_vectors(combine: Combine, weights: Any) -> None:
    bag = Many(max=3, combine=combine)
    layer = FusedEmbedding(SIZES, 2, bags=[bag], weights=weights)
    ids = np.array([[1, 3, 4, 0], [0, 0, 0, 0], [2, 2, 2, 0], [2, 1, 0, 0], [1, 4, 4, 4]])
    vectors = np.asarray(layer(tf.constant(ids)))
    table = np.asarray(layer.table)
    factors = np.array([0, 1, 1, 1, 1], np.float32) if weights is None else weights
    for row, got in zip(ids, vectors, strict=True):
        np.testing.assert_allclose(got[0], table[row[0]], rtol=1e-6)
        own = factors[row[1:]]
        divisor = {"mean": own.sum(), "sum": 1.0, "sqrtn": np.sqrt(np.square(own).sum())}[combine]
        expected = (own[:, None] * table[3 + row[1:]]).sum(axis=0) / (divisor or 1)
        np.testing.assert_allclose(got[1], expected, rtol=1e-5, atol=1e-7)


def test_lists_without_weights_have_ones_next_to_those_with() -> None:
    bags = {"b": Many(), "c": Many(weights="idf")}
    inputs = Inputs(0, {"a": 3, "b": 4, "c": 5}, bags=bags, id_weights={"c": WEIGHTS})
    np.testing.assert_array_equal(inputs.bag_weights(["a", "b", "c"]), [1, 1, 1, 1, *WEIGHTS])
    assert inputs.bag_weights(["a", "b"]) is None
