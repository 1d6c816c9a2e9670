from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from modeling.metrics.binary import Cells, binary_metrics, confusion, metric_values, probabilities

Array = np.ndarray[Any, np.dtype[Any]]


def made(rows: int, distinct: int, seed: int = 0) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, distinct + 1, rows) / distinct
    return (generator.random(rows) < 0.2 + 0.6 * scores).astype(np.float32), scores


def check(labels: Array, scores: Array) -> None:
    found = binary_metrics(Cells.of(labels, scores))
    assert found.rows == len(labels)
    assert found.log_loss == pytest.approx(oracle.log_loss(labels, scores, labels=[0, 1]), abs=1e-9)
    assert found.accuracy == pytest.approx(oracle.accuracy_score(labels, scores >= 0.5), abs=1e-9)
    assert found.brier == pytest.approx(oracle.brier_score_loss(labels, scores, pos_label=1), abs=1e-9)
    if 0 < labels.sum() < len(labels):
        assert found.auc == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-9)
    else:
        assert found.auc is None
    if labels.sum():
        assert found.pr_auc == pytest.approx(oracle.average_precision_score(labels, scores), abs=1e-9)
    else:
        assert found.pr_auc is None


@pytest.mark.parametrize(("rows", "distinct"), [(10, 3), (1000, 7), (5000, 10**9), (20_000, 300)])
def test_metrics_are_scikit_learns(rows: int, distinct: int) -> None:
    check(*made(rows, distinct))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 1e-300, 0.25, 0.5, 0.75, 1 - 1e-16, 1.0])), min_size=1))
def test_metrics_are_scikit_learns_on_ties_and_extremes(rows: list[tuple[bool, float]]) -> None:
    check(np.array([label for label, _ in rows], np.float32), np.array([score for _, score in rows]))


def test_without_rows_nothing_is_said() -> None:
    found = binary_metrics(Cells.of(np.empty(0, np.float32), np.empty(0)))
    assert found.model_dump(exclude={"kind", "rows"}) == dict.fromkeys(
        ["auc", "pr_auc", "log_loss", "accuracy", "brier", "ece"]
    )
    assert confusion(Cells.of(np.empty(0), np.empty(0))) is None


def test_confusion_is_scikit_learns() -> None:
    labels, scores = made(500, 20)
    found = confusion(Cells.of(labels, scores))
    assert found is not None
    assert found.counts == oracle.confusion_matrix(labels, scores >= 0.5).tolist()


def test_fewer_cells_tell_nearly_the_same() -> None:
    generator = np.random.default_rng(1)
    odds = generator.normal(-2, 3, 200_000)
    labels = (generator.random(len(odds)) < probabilities(odds)).astype(np.float32)
    cells = Cells.of(labels, probabilities(odds))
    coarse = cells.coarsen(1024)
    assert len(coarse.scores) <= 1024
    assert (coarse.positives.sum(), coarse.negatives.sum()) == (cells.positives.sum(), cells.negatives.sum())
    exact, rough = metric_values(cells), metric_values(coarse)
    off = {name: abs(float(exact[name] - rough[name])) for name in exact}
    assert off.pop("pr_auc") < 1e-3  # its intervals are moved by that
    assert max(off.values()) < 2e-4


def test_log_odds_of_any_size_become_probabilities() -> None:
    found = probabilities(np.array([-1e30, 0, 1e30, np.nan], np.float32))
    assert found[0] < 1e-200
    assert found[1:3].tolist() == [0.5, 1.0]
    assert np.isnan(found[3])
