from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.metrics.multiclass import confusion, multiclass_metrics


def test_metrics_are_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, 800)
    odds = generator.normal(0, 1, (800, 4)) + 1.5 * np.eye(4)[labels]
    probabilities = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    found = multiclass_metrics(labels, probabilities)
    said = probabilities.argmax(axis=1)
    assert found.log_loss == pytest.approx(oracle.log_loss(labels, probabilities), abs=1e-9)
    assert found.accuracy == pytest.approx(oracle.accuracy_score(labels, said), abs=1e-9)
    assert found.macro_f1 == pytest.approx(oracle.f1_score(labels, said, average="macro"), abs=1e-9)
    assert found.auc == pytest.approx(oracle.roc_auc_score(labels, probabilities, multi_class="ovr"), abs=1e-9)
    shown = confusion(labels, probabilities, list("abcd"))
    assert shown is not None
    assert shown.counts == oracle.confusion_matrix(labels, said).tolist()


def test_what_cannot_be_said() -> None:
    empty = multiclass_metrics(np.empty(0, np.int64), np.empty((0, 3)))
    assert (empty.rows, empty.auc, empty.log_loss, empty.accuracy, empty.macro_f1) == (0, None, None, None, None)
    two_of_three = multiclass_metrics(np.array([0, 1]), np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]]))
    assert (two_of_three.auc, two_of_three.accuracy) == (None, 1.0)
    assert confusion(np.array([0]), np.eye(60)[:1], [str(at) for at in range(60)]) is None
