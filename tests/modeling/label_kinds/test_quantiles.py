from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import mean_pinball_loss

from modeling.label_kinds.quantiles import QuantileLabels
from modeling.optimization.tensor_operations import TensorOperations

LEVELS = [0.1, 0.5, 0.9]


def test_the_loss_of_a_row_is_the_mean_pinball_loss_of_its_quantiles() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=50).astype(np.float32)
    quantiles = np.sort(generator.normal(size=(50, 3)), axis=1).astype(np.float32)
    losses = QuantileLabels(LEVELS).loss(tf.constant(truth), tf.constant(quantiles), TensorOperations()).numpy()
    assert losses.shape == (50,)
    expected = [mean_pinball_loss(truth, quantiles[:, index], alpha=level) for index, level in enumerate(LEVELS)]
    assert losses.mean() == pytest.approx(np.mean(expected), rel=1e-5)


def test_one_number_is_the_median_else_the_nearest_to_it_of_two_the_lower() -> None:
    for levels, point in (([0.1, 0.5, 0.9], 1), ([0.4, 0.6], 0), ([0.05, 0.1, 0.45, 0.95], 2), ([0.7, 0.8], 0)):
        assert QuantileLabels(levels).point == point
