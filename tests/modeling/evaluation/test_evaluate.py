"""What evaluation reports about the test split's labels."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.messages.metrics import RegressionMetrics
from modeling.evaluation.evaluate import evaluate


def test_the_baseline_is_one_prediction_for_all_rows() -> None:
    labels, predictions = np.array([1, 2, 6], np.float32), np.array([1.0, 2.0, 5.0])
    found = evaluate("regression", labels, predictions, 3.0, seed=0)
    assert found.baseline_prediction == 3.0
    assert isinstance(found.baseline, RegressionMetrics)
    assert isinstance(found.test, RegressionMetrics)
    assert (found.baseline.mae, found.test.mae) == (2.0, pytest.approx(1 / 3))
    assert found.note is None
    assert found.intervals.keys() == found.baseline_intervals.keys()


def test_weights_weigh_metrics_and_baseline() -> None:
    labels, predictions = np.array([0, 1, 1], np.float32), np.array([0.2, 0.9, 0.1])
    weights = np.array([1, 1, 0], np.float32)
    found = evaluate("binary", labels, predictions, 0.5, seed=0, weights=weights)
    assert found.test.kind == "binary"
    assert (found.test.rows, found.test.accuracy) == (3, 1.0)


def test_rows_of_weight_0_alone_leave_nothing_to_measure() -> None:
    labels, weights = np.array([0, 1, 1], np.float32), np.zeros(3, np.float32)
    evaluation = evaluate("binary", labels, np.array([0.2, 0.9, 0.1]), 0.5, seed=0, weights=weights)
    assert evaluation.test.kind == "binary"
    assert (evaluation.test.log_loss, evaluation.test.auc, evaluation.intervals) == (None, None, {})
    assert evaluation.note is not None
    assert evaluation.note.startswith("The weights of all 3 rows of the test split are 0")


def test_a_split_that_says_little_has_a_note() -> None:
    empty = evaluate("binary", np.empty(0, np.float32), np.empty(0), 0.5, seed=0)
    assert (empty.test.rows, empty.intervals, empty.confusion) == (0, {}, None)
    assert empty.note is not None
    same = evaluate("regression", np.full(3, 2.5, np.float32), np.zeros(3), 2.0, seed=0)
    assert same.note == "Every label of the test split is 2.5, so there is no R²."
    shares = np.full((2, 3), 1 / 3)
    absent = evaluate("multiclass", np.array([0, 2]), shares, [0.4, 0.2, 0.4], seed=0, classes=["a", "b", "c"])
    assert absent.note == "No row of the test split is of class b, so there is no AUC."
    only = evaluate("multiclass", np.array([2, 2]), shares, [0.4, 0.2, 0.4], seed=0, classes=["a", "b", "c"])
    assert only.note == "Every label of the test split is c, so there is no AUC."
