from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.metrics.binary import Cells
from modeling.metrics.class_auc import auc_and_error, class_aucs
from modeling.metrics.confidence_intervals import binary_intervals

GENERATOR = np.random.default_rng(3)
LABELS = GENERATOR.integers(0, 3, 900)
PROBABILITIES = GENERATOR.dirichlet([1, 1, 1], 900) * 0.7 + 0.3 * np.eye(3)[LABELS]
WEIGHTS = GENERATOR.choice([0.0, 0.5, 1.0, 4.0], 900)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_each_class_against_the_rest_is_scikit_learns(weights: np.ndarray | None) -> None:
    found = class_aucs(LABELS, PROBABILITIES.round(2), list("abc"), weights)
    assert [of_class.name for of_class in found] == list("abc")
    assert [of_class.rows for of_class in found] == np.bincount(LABELS).tolist()
    for index, of_class in enumerate(found):
        expected = oracle.roc_auc_score(index == LABELS, PROBABILITIES[:, index].round(2), sample_weight=weights)
        assert of_class.auc == pytest.approx(expected, abs=1e-9)
        assert of_class.interval is not None
        assert of_class.interval.low < expected < of_class.interval.high


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_interval_is_that_of_the_bootstrap(weights: np.ndarray | None) -> None:
    truth = LABELS == 1
    interval = class_aucs(LABELS, PROBABILITIES, list("abc"), weights)[1].interval
    drawn = binary_intervals(Cells.of(truth.astype(float), PROBABILITIES[:, 1], weights), 0)["auc"]
    assert interval is not None
    assert interval.low == pytest.approx(drawn.low, abs=0.004)
    assert interval.high == pytest.approx(drawn.high, abs=0.004)


def test_95_of_100_intervals_hold_the_true_value() -> None:
    """Scores N(1, 1) and N(0, 1): the AUC is Phi(1 / sqrt 2) = 0.7602."""
    generator, held = np.random.default_rng(0), 0
    for _ in range(400):
        truth = generator.random(120) < 0.3
        interval = class_aucs(truth.astype(int), np.c_[-(s := generator.normal(truth)), s], ["0", "1"])[1].interval
        held += interval is not None and interval.low <= 0.76025 <= interval.high
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_undefined_values_are_null() -> None:
    assert class_aucs(np.empty(0, int), np.empty((0, 2)), ["a", "b"]) == []
    perfect, absent = class_aucs(np.zeros(2, int), np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "b"])
    assert (perfect.auc, perfect.rows, absent.auc, absent.rows) == (None, 2, None, 0)
    apart = class_aucs(np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8]]), ["a", "b"])
    assert [(of_class.auc, of_class.interval) for of_class in apart] == [(1.0, None)] * 2
    auc, error = auc_and_error(np.array([True, False, False]), np.array([0.5, 0.4, 0.6]), np.ones(3))
    assert auc == 0.5
    assert np.isnan(error), "one row has no variance"
