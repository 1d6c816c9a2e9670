"""Labels of classes: what training knows of them, and what protocols reply."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import InvalidRequest, UnusableLabel
from contracts.statistics import ClassCount, ClassLabelStatistics
from modeling.label_kinds import Plots
from modeling.label_kinds.multiclass import MulticlassLabels

KIND = MulticlassLabels()
STATISTICS = ClassLabelStatistics(count=10, classes=[ClassCount(value=7, count=9), ClassCount(value=12, count=1)])


def test_the_baseline_is_each_classes_share() -> None:
    described = KIND.describe(STATISTICS, "made")
    assert (described.baseline, described.classes) == ([0.9, 0.1], (7, 12))
    assert KIND.class_counts(STATISTICS) == {"7": 9, "12": 1}


def test_one_class_is_refused() -> None:
    statistics = ClassLabelStatistics(count=9, classes=STATISTICS.classes[:1])
    with pytest.raises(UnusableLabel, match=r"dataset 'made' is 7$"):
        KIND.describe(statistics, "made")


def test_classify_replies_names_and_regress_refuses() -> None:
    outputs = {"probabilities": np.array([[0.25, 0.75]], np.float32)}
    assert KIND.class_scores([7, 12])(outputs) == [[["7", 0.25], ["12", 0.75]]]
    with pytest.raises(InvalidRequest, match="predicts classes, and no number"):
        KIND.numbers()


def test_evaluation_has_metrics_and_confusion_but_no_curves() -> None:
    labels, predictions = np.array([0, 1, 1], np.float32), np.array([[0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    assert KIND.score(labels, predictions).accuracy == pytest.approx(2 / 3)
    assert set(KIND.intervals(labels, predictions, None, 0)) == {"log_loss", "accuracy"}
    confusion = KIND.confusion(labels, predictions, ["7", "12"])
    assert confusion is not None
    assert confusion.counts == [[1, 0], [1, 1]]
    assert KIND.plots(labels, predictions) == Plots()
