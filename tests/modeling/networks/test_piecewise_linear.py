"""A number's vector equals the paper's formula, and changes linearly within a bin."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from modeling.networks.piecewise_linear import PiecewiseLinear

BOUNDS = [(0.0, 1.0, 3.0), (), (-1.0, 0.0, 0.5, 2.0)]


def filled(value: float, bounds: tuple[float, ...], most: int) -> list[float]:
    shares = [min(max((value - low) / (high - low), 0), 1) for low, high in pairwise(bounds)]
    return [*shares, *[0.0] * (most - len(shares))]


def test_a_vector_is_the_papers_formula() -> None:
    layer: Any = PiecewiseLinear(BOUNDS, 4)
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(20, 3)).astype(np.float32) * 3
    layer.bias.assign(generator.normal(size=layer.bias.shape))
    vectors = layer(numbers).numpy()
    assert vectors.shape == (20, 8)
    for row in range(20):
        for place, column in enumerate([0, 2]):
            shares = np.array(filled(float(numbers[row, column]), BOUNDS[column], 3))
            expected = np.maximum(shares @ layer.kernel.numpy()[place] + layer.bias.numpy()[place, 0], 0)
            np.testing.assert_allclose(vectors[row, 4 * place : 4 * place + 4], expected, rtol=1e-5, atol=1e-6)


def test_numbers_beyond_all_bins_have_the_vector_of_the_last_bound() -> None:
    layer: Any = PiecewiseLinear(BOUNDS, 4)
    numbers = np.array([[3.0, 0, 2.0], [1e30, 0, 1e30], [0.0, 0, -1.0], [-1e30, 5, -1e30]], np.float32)
    vectors = layer(numbers).numpy()
    assert np.array_equal(vectors[0], vectors[1])
    assert np.array_equal(vectors[2], vectors[3])
