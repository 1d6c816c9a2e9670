"""Cross layers equal the paper's formula, stacked under the hidden layers or in parallel with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contracts.messages.networks import DcnV2
from modeling.networks.build import build_network
from modeling.networks.dcn_v2 import CrossLayer
from modeling.networks.embeddings import Inputs

SIZES = {"a": 5, "b": 40}
ATOL = 1e-6
"""Terms of order 1 cancel, which leaves sums near 0 with the absolute error of the terms: a few units of 6e-8."""
FIRST = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


def test_a_cross_layer_is_the_papers_formula() -> None:
    spec = DcnV2(kind="dcn_v2", cross_layers=1, rank=2, structure="parallel", hidden=[1])
    network: Any = build_network(spec, Inputs(3, {}))
    cross = network.crosses[0]
    narrow, full, bias = cross.narrow.kernel.numpy(), cross.full.kernel.numpy(), np.array([1.0, -2.0, 0.5], np.float32)
    cross.full.bias.assign(bias)
    assert (narrow.shape, full.shape) == ((3, 2), (2, 3))
    expected = FIRST * (FIRST @ narrow @ full + bias) + FIRST
    np.testing.assert_allclose(cross(FIRST, FIRST).numpy(), expected, rtol=1e-5, atol=ATOL)


def test_without_a_rank_the_matrix_is_full_and_the_state_is_added() -> None:
    cross: Any = CrossLayer(3, None, 0.0)
    state = FIRST[::-1].copy()
    cross(FIRST, state)
    assert cross.narrow is None
    expected = FIRST * (state @ cross.full.kernel.numpy()) + state
    np.testing.assert_allclose(cross(FIRST, state).numpy(), expected, rtol=1e-5, atol=ATOL)


@pytest.mark.parametrize("structure", ["stacked", "parallel"])
def test_hidden_layers_read_the_crossed_vector_or_the_first(structure: Any) -> None:
    spec = DcnV2(kind="dcn_v2", cross_layers=2, structure=structure, hidden=[4])
    network: Any = build_network(spec, Inputs(3, {}), 2)
    crossed = FIRST
    for cross in network.crosses:
        crossed = FIRST * (crossed @ cross.full.kernel.numpy() + cross.full.bias.numpy()) + crossed
    dense, last = network.hidden.dense[0], network.last
    below = crossed if structure == "stacked" else FIRST
    hidden = np.maximum(below @ dense.kernel.numpy() + dense.bias.numpy(), 0)
    read = hidden if structure == "stacked" else np.concatenate([crossed, hidden], axis=1)
    expected = read @ last.kernel.numpy() + last.bias.numpy()
    ids = np.zeros((4, 0), np.int64)
    np.testing.assert_allclose(network((FIRST, ids)).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_low_rank_has_fewer_weights() -> None:
    def count(rank: int | None) -> int:
        network = build_network(DcnV2(kind="dcn_v2", rank=rank, hidden=[1], embedding_width=32), Inputs(0, SIZES))
        return network.count_params()

    assert count(None) - count(4) == 2 * (64 * 64 - 2 * 64 * 4)


def test_the_penalty_is_of_both_matrices() -> None:
    cross: Any = CrossLayer(3, 2, 0.1)
    cross(FIRST, FIRST)
    squares = [float((layer.kernel.numpy() ** 2).sum()) for layer in (cross.narrow, cross.full)]
    assert sorted(float(loss) for loss in cross.losses) == pytest.approx(sorted(0.1 * square for square in squares))


@pytest.mark.parametrize("structure", ["stacked", "parallel"])
def test_the_deepest_network_stays_finite(structure: Any) -> None:
    spec = DcnV2(kind="dcn_v2", cross_layers=16, structure=structure, hidden=[4])
    network: Any = build_network(spec, Inputs(3, {}))
    output = network((np.array([[1e5, -1e5, 1e5], [100, -100, 0], [0, 0, 0]], np.float32), np.zeros((3, 0), np.int64)))
    assert np.isfinite(output.numpy()).all()
