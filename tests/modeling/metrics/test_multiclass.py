from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.label_kinds.multiclass import MulticlassLabels
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
    assert found.top_3_accuracy == pytest.approx(oracle.top_k_accuracy_score(labels, probabilities, k=3), abs=1e-9)
    assert found.top_5_accuracy is None
    shown = confusion(labels, probabilities, list("abcd"))
    assert shown is not None
    assert shown.counts == oracle.confusion_matrix(labels, said).tolist()


def test_what_cannot_be_said() -> None:
    empty = multiclass_metrics(np.empty(0, np.int64), np.empty((0, 3)))
    assert (empty.rows, empty.auc, empty.log_loss, empty.accuracy, empty.macro_f1) == (0, None, None, None, None)
    two_of_three = multiclass_metrics(np.array([0, 1]), np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]]))
    assert (two_of_three.auc, two_of_three.accuracy) == (None, 1.0)
    assert confusion(np.array([0]), np.eye(60)[:1], [str(at) for at in range(60)]) is None


def test_top_k_accuracy_takes_the_first_of_equally_probable_classes() -> None:
    """As accuracy does; of seven equal classes the first three, or five, are taken."""
    labels, probabilities = np.arange(7), np.full((7, 7), 1 / 7)
    found = multiclass_metrics(labels, probabilities)
    assert (found.accuracy, found.top_3_accuracy, found.top_5_accuracy) == (
        pytest.approx(1 / 7),
        pytest.approx(3 / 7),
        pytest.approx(5 / 7),
    )
    weighted = multiclass_metrics(labels, probabilities, np.array([1.0, 0, 0, 2, 0, 0, 1]))
    assert (weighted.accuracy, weighted.top_3_accuracy, weighted.top_5_accuracy) == (0.25, 0.25, 0.75)
    few = multiclass_metrics(labels % 3, np.full((7, 3), 1 / 3))
    assert few.top_3_accuracy is None, "always right"
    assert set(MulticlassLabels().intervals(labels, probabilities, None, 0)) == {
        "log_loss",
        "accuracy",
        "ece",
        "top_3_accuracy",
        "top_5_accuracy",
    }
