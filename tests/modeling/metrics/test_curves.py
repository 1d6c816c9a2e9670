from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from modeling.metrics.binary import Cells
from modeling.metrics.curves import MOST_POINTS, calibration, precision_recall_curve, roc_curve


def made(rows: int, distinct: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    scores = generator.integers(0, distinct + 1, rows) / distinct
    return (generator.random(rows) < 0.2 + 0.6 * scores).astype(np.float32), scores


def test_a_short_curve_is_scikit_learns() -> None:
    labels, scores = made(300, 20)
    found = roc_curve(Cells.of(labels, scores))
    false, true, _ = oracle.roc_curve(labels, scores, drop_intermediate=False)
    assert found is not None
    assert found.false_positive_rate == pytest.approx(false.tolist())
    assert found.true_positive_rate == pytest.approx(true.tolist())
    pairs = precision_recall_curve(Cells.of(labels, scores))
    precision, recall, _ = oracle.precision_recall_curve(labels, scores)
    assert pairs is not None
    assert pairs.precision == pytest.approx(precision[::-1][1:].tolist())
    assert pairs.recall == pytest.approx(recall[::-1][1:].tolist())


def test_a_long_curve_keeps_its_shape_in_few_points() -> None:
    labels, scores = made(50_000, 10**9)
    found = roc_curve(Cells.of(labels, scores))
    assert found is not None
    assert len(found.true_positive_rate) <= MOST_POINTS + 2
    assert (found.false_positive_rate[0], found.true_positive_rate[0]) == (0.0, 0.0)
    assert (found.false_positive_rate[-1], found.true_positive_rate[-1]) == (1.0, 1.0)
    area = np.trapezoid(found.true_positive_rate, found.false_positive_rate)
    assert area == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-3)


@pytest.mark.parametrize(("rows", "distinct"), [(1000, 10**9), (1000, 4), (7, 100), (1, 1)])
def test_calibration_is_scikit_learns(rows: int, distinct: int) -> None:
    labels, scores = made(rows, distinct)
    found = calibration(Cells.of(labels, scores))
    observed, predicted = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
    assert [each.observed for each in found] == pytest.approx(observed.tolist())
    assert [each.predicted for each in found] == pytest.approx(predicted.tolist())
    assert sum(each.rows for each in found) == rows
    assert all(each.interval.low <= each.observed <= each.interval.high for each in found)


def test_without_rows_of_both_labels() -> None:
    for labels in (np.empty(0), np.zeros(3)):
        cells = Cells.of(labels, np.full(len(labels), 0.5))
        assert roc_curve(cells) is None
        assert precision_recall_curve(cells) is None
    assert calibration(Cells.of(np.empty(0), np.empty(0))) == []
