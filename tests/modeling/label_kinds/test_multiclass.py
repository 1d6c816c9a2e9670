"""Labels of classes: what training knows of them, and what protocols reply."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import InvalidRequest, UnusableLabel
from contracts.statistics import ClassCount, ClassLabelStatistics
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


def test_evaluation_has_metrics_and_confusion_and_calibration_of_each_class() -> None:
    labels, predictions = np.array([0, 1, 1], np.float32), np.array([[0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    assert KIND.score(labels, predictions).accuracy == pytest.approx(2 / 3)
    assert set(KIND.intervals(labels, predictions, None, 0)) == {"log_loss", "accuracy", "ece"}
    confusion = KIND.confusion(labels, predictions, ["7", "12"])
    assert confusion is not None
    assert confusion.counts == [[1, 0], [1, 1]]
    plots = KIND.plots(labels, predictions, classes=["7", "12"])
    assert [(found.name, sum(tenth.rows for tenth in found.bins)) for found in plots.class_calibration] == [
        ("7", 3),
        ("12", 3),
    ]
    assert plots.class_calibration[0].bins[-1].predicted == pytest.approx(0.7)
    assert plots.scores is not None
    assert [(group.name, sum(group.counts)) for group in plots.scores.groups] == [("right", 2), ("wrong", 1)]


def test_means_of_rows_are_the_metrics_and_many_classes_have_no_calibration() -> None:
    labels, predictions = np.array([0, 1, 1], np.float32), np.array([[0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    scored = KIND.score(labels, predictions).model_dump()
    rows = KIND.row_means(labels, predictions)
    assert {name: values.mean() for name, values in rows.values.items()} == pytest.approx(
        {name: scored[name] for name in rows.values}
    )
    many = KIND.plots(np.zeros(2), np.full((2, 60), 1 / 60), classes=[str(name) for name in range(60)])
    assert many.class_calibration == ()
