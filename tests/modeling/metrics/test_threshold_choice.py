from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as oracle

from contracts.messages.tuning.thresholds import CostAim, F1Aim, FixedThreshold, PrecisionAim
from modeling.metrics.threshold_choice import at_threshold, choose_threshold

GENERATOR = np.random.default_rng(2)
LABELS = (GENERATOR.random(600) < 0.3).astype(float)
PROBABILITIES = (1 / (1 + np.exp(-GENERATOR.normal(1.5 * LABELS - 1.5, 1, 600)))).round(3)
WEIGHTS = GENERATOR.choice([0.0, 1.0, 5.0], 600)
F1 = F1Aim(kind="f1")
COST = CostAim(kind="cost", false_positive=1, false_negative=4)


def tried(quality: Any) -> float:
    """The best quality over all thresholds."""
    return max(quality(threshold <= PROBABILITIES) for threshold in [0, *np.unique(PROBABILITIES) + 1e-9, 1.1])


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_each_aim_finds_the_best_of_all_thresholds(weights: np.ndarray | None) -> None:
    given: dict[str, Any] = {"sample_weight": weights, "zero_division": 0.0}
    value, met = choose_threshold(F1, LABELS, PROBABILITIES, weights)
    assert met
    assert oracle.f1_score(LABELS, value <= PROBABILITIES, **given) == pytest.approx(
        tried(lambda said: oracle.f1_score(LABELS, said, **given))
    )

    def gain(said: np.ndarray) -> float:
        return -float(np.average((said > LABELS) + 4 * (said < LABELS), weights=weights))

    value, met = choose_threshold(COST, LABELS, PROBABILITIES, weights)
    assert met
    assert gain(value <= PROBABILITIES) == pytest.approx(tried(gain))

    def recall(said: np.ndarray) -> float:
        precise = oracle.precision_score(LABELS, said, **given) >= 0.7
        return float(precise) * oracle.recall_score(LABELS, said, **given)

    value, met = choose_threshold(PrecisionAim(kind="precision", at_least=0.7), LABELS, PROBABILITIES, weights)
    assert met
    assert recall(value <= PROBABILITIES) == pytest.approx(tried(recall))


def test_a_precision_that_no_threshold_has_is_not_met() -> None:
    labels, probabilities = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.3, 0.2])
    value, met = choose_threshold(PrecisionAim(kind="precision", at_least=0.6), labels, probabilities)
    assert not met
    assert oracle.precision_score(labels, probabilities >= value) == 0.5


def test_thresholds_are_halfway_between_probabilities() -> None:
    labels, probabilities = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.2, 0.6, 0.9])
    assert choose_threshold(F1, labels, probabilities) == (pytest.approx(0.4), True)
    assert choose_threshold(COST, np.ones(4), probabilities) == (pytest.approx(0.05), True)
    assert choose_threshold(COST, np.zeros(4), probabilities) == (pytest.approx(0.95), True)
    assert choose_threshold(F1, np.zeros(4), probabilities)[0] == pytest.approx(0.95), "no row is 1"


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_what_a_threshold_reaches_is_scikit_learns(weights: np.ndarray | None) -> None:
    found = at_threshold(0.3, COST, LABELS, PROBABILITIES, weights, seed=0)
    said = PROBABILITIES >= 0.3
    given: dict[str, Any] = {"sample_weight": weights}
    assert found.precision == pytest.approx(oracle.precision_score(LABELS, said, **given))
    assert found.recall == pytest.approx(oracle.recall_score(LABELS, said, **given))
    assert found.f1 == pytest.approx(oracle.f1_score(LABELS, said, **given))
    assert found.cost == pytest.approx(np.average((said > LABELS) + 4.0 * (said < LABELS), weights=weights))
    assert found.confusion is not None
    assert found.confusion.counts == oracle.confusion_matrix(LABELS, said).tolist()
    assert found.confusion.threshold == 0.3
    for name in ("precision", "recall", "f1", "cost"):
        assert found.intervals[name].low < getattr(found, name) < found.intervals[name].high


def test_undefined_figures_are_null() -> None:
    fixed = FixedThreshold(kind="fixed", value=0.5)
    none = at_threshold(0.5, fixed, np.empty(0), np.empty(0), seed=0)
    assert (none.rows, none.precision, none.recall, none.f1, none.confusion, none.intervals) == (0, *[None] * 4, {})
    rejected = at_threshold(0.5, fixed, np.zeros(2), np.full(2, 0.1))
    assert (rejected.precision, rejected.recall, rejected.f1, rejected.cost) == (None, None, None, None)
