from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from modeling.label_kinds import labels_of_kind
from modeling.training.folds.fold_spread import STUDENT_T, fold_metric, metrics_of_folds


def test_quantiles_of_students_t() -> None:
    np.testing.assert_allclose(STUDENT_T, stats.t.ppf(0.975, np.arange(1, 20)), atol=1e-6)


def test_mean_deviation_and_corrected_interval() -> None:
    spread = fold_metric([0.7, 0.8, 0.75, 0.85, 0.8])
    assert spread.mean == pytest.approx(0.78)
    assert spread.std == pytest.approx(np.std([0.7, 0.8, 0.75, 0.85, 0.8], ddof=1))
    assert spread.standard_error == pytest.approx(spread.std * math.sqrt(1 / 5 + 1 / 4))
    assert spread.interval.high - spread.mean == pytest.approx(stats.t.ppf(0.975, 4) * spread.standard_error, rel=1e-6)
    assert fold_metric([0.9, 1.0], 0.0, 1.0).interval.high == 1.0


def test_an_interval_of_correlated_models_holds_the_true_metric() -> None:
    """Simulated: the metric of a fold is the truth, plus what all models share of their training rows, plus the fold's rows."""
    generator = np.random.default_rng(0)
    folds, hits, naive = 5, 0, 0
    for _ in range(2000):
        values = 0.7 + generator.normal(0, 0.25**0.5, 1) + generator.normal(0, 1, folds)
        spread = fold_metric(values.tolist())
        hits += spread.interval.low <= 0.7 <= spread.interval.high
        width = STUDENT_T[folds - 2] * spread.std / folds**0.5
        naive += abs(spread.mean - 0.7) <= width
    assert 0.94 < hits / 2000 < 0.96
    assert naive / 2000 < 0.91


def test_a_metric_that_a_fold_does_not_have_is_left_out() -> None:
    of_kind = labels_of_kind("binary")
    both = of_kind.score(np.array([0, 1]), np.array([0.2, 0.7]))
    one = of_kind.score(np.array([1, 1]), np.array([0.2, 0.7]))
    spreads = metrics_of_folds("binary", [both, one])
    assert "auc" not in spreads
    assert spreads["accuracy"].mean == pytest.approx(0.75)
