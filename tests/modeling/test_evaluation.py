from __future__ import annotations

import math

import numpy as np
import pytest

from modeling.evaluation import evaluate


def test_metrics_beside_the_baseline() -> None:
    labels = np.array([0, 0, 1, 1], np.float32)
    found = evaluate(labels, np.array([-2, 1, 0.5, 3], np.float32), 0.25)
    assert found.test.auc == 0.75
    assert found.test.accuracy == 0.75
    expected = np.mean([math.log1p(math.exp(each)) for each in (-2, 1, -0.5, -3)])
    assert found.test.log_loss == pytest.approx(expected, rel=1e-6)
    assert found.baseline.auc == 0.5
    assert found.baseline.accuracy == 0.5
    assert found.baseline.log_loss == pytest.approx(-(math.log(0.75) + math.log(0.25)) / 2)
    assert found.note is None


def test_without_rows_nothing_is_said() -> None:
    found = evaluate(np.empty(0, np.float32), np.empty(0, np.float32), 0.25)
    assert (found.test.rows, found.test.auc, found.test.log_loss, found.test.accuracy) == (0, None, None, None)
    assert found.note is not None


def test_labels_of_one_kind_have_no_auc() -> None:
    found = evaluate(np.ones(3, np.float32), np.array([1000, 0, -1000], np.float32), 0.25)
    assert found.test.auc is None
    assert found.test.log_loss is not None
    assert math.isfinite(found.test.log_loss)
    assert "label" in (found.note or "")
