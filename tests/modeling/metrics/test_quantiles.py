from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss

from modeling.metrics.quantiles import evaluate_quantiles

LEVELS = [0.05, 0.25, 0.75, 0.95]
NORMAL = [-1.6449, -0.6745, 0.6745, 1.6449]
GENERATOR = np.random.default_rng(0)
SCALES = GENERATOR.gamma(2, 1, 2000)
LABELS = 5 + SCALES * GENERATOR.normal(size=2000)
QUANTILES = 5 + SCALES[:, np.newaxis] * np.array(NORMAL)


@pytest.mark.parametrize("weights", [None, GENERATOR.choice([0.0, 1.0, 4.0], 2000)])
def test_losses_are_scikit_learns_and_true_quantiles_cover_what_they_should(weights: np.ndarray | None) -> None:
    found = evaluate_quantiles(LEVELS, LABELS, QUANTILES, weights, 0)
    assert found is not None
    losses = [
        mean_pinball_loss(LABELS, QUANTILES[:, index], alpha=level, sample_weight=weights)
        for index, level in enumerate(LEVELS)
    ]
    assert [fit.pinball_loss for fit in found.quantiles] == pytest.approx(losses)
    assert found.pinball_loss == pytest.approx(np.mean(losses))
    assert found.pinball_interval.low < found.pinball_loss < found.pinball_interval.high
    for fit in found.quantiles:
        assert fit.below_interval.low - 0.02 < fit.level < fit.below_interval.high + 0.02
        assert fit.below_interval.low < fit.below < fit.below_interval.high
    assert [(pair.low, pair.high) for pair in found.coverages] == [(0.05, 0.95), (0.25, 0.75)]
    for pair, low, high in zip(found.coverages, (0, 1), (3, 2), strict=True):
        inside = (QUANTILES[:, low] <= LABELS) & (QUANTILES[:, high] >= LABELS)
        assert pair.coverage == pytest.approx(np.average(inside, weights=weights))
        assert pair.coverage == pytest.approx(pair.nominal, abs=0.04)
        assert pair.interval.low < pair.coverage < pair.interval.high
        widths = QUANTILES[:, high] - QUANTILES[:, low]
        assert pair.width == pytest.approx(np.average(widths, weights=weights))


def test_a_quantile_in_the_middle_has_no_pair_and_borders_are_inside() -> None:
    found = evaluate_quantiles([0.1, 0.5, 0.9], np.array([1.0, 3.0]), np.array([[1.0, 2, 3], [1, 2, 3]]), None, 0)
    assert found is not None
    assert [(pair.low, pair.high, pair.coverage) for pair in found.coverages] == [(0.1, 0.9, 1.0)]
    assert found.coverages[0].nominal == pytest.approx(0.8)


def test_without_rows_or_weight_there_is_nothing_to_evaluate() -> None:
    assert evaluate_quantiles(LEVELS, np.empty(0), np.empty((0, 4)), None, 0) is None
    assert evaluate_quantiles(LEVELS, LABELS, QUANTILES, np.zeros(2000), 0) is None
