"""Binary labels: what training knows of them, and what protocols reply."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import UnusableLabel
from contracts.statistics import LabelStatistics
from modeling.label_kinds.binary import BinaryLabels

KIND = BinaryLabels()


def test_the_baseline_is_the_share_of_ones() -> None:
    statistics = LabelStatistics(count=8, positives=2)
    assert KIND.describe(statistics, "made").baseline == 0.25
    assert KIND.class_counts(statistics) == {"0": 6, "1": 2}


@pytest.mark.parametrize(("positives", "only"), [(0, "0"), (8, "1")])
def test_a_constant_label_is_refused(positives: int, only: str) -> None:
    with pytest.raises(UnusableLabel, match=f"dataset 'made' is {only}$") as caught:
        KIND.describe(LabelStatistics(count=8, positives=positives), "made")
    assert caught.value.pointer == "/dataset"


def test_classify_and_regress_reply_the_same_probability() -> None:
    outputs = {"predictions": np.array([0.25, 1.0], np.float32)}
    assert KIND.class_scores(())(outputs) == [[["0", 0.75], ["1", 0.25]], [["0", 0.0], ["1", 1.0]]]
    assert KIND.numbers()(outputs) == [0.25, 1.0]


def test_evaluation_has_metrics_intervals_confusion_and_curves() -> None:
    labels, predictions = np.array([0, 1, 1, 0], np.float32), np.array([0.2, 0.9, 0.4, 0.6])
    found = KIND.score(labels, predictions)
    assert (found.rows, found.auc, found.accuracy) == (4, 0.75, 0.5)
    assert KIND.intervals(labels, predictions, None, 0).keys() == found.model_dump().keys() - {"kind", "rows"}
    confusion = KIND.confusion(labels, predictions, ())
    assert confusion is not None
    assert confusion.counts == [[1, 1], [1, 1]]
    plots = KIND.plots(labels, predictions)
    assert plots.roc is not None
    assert plots.precision_recall is not None
    assert plots.thresholds is not None
    assert plots.gain is not None
    assert plots.scores is not None


def test_means_of_rows_are_the_metrics() -> None:
    labels, predictions = np.array([0, 1, 1, 0], np.float32), np.array([0.2, 0.9, 0.4, 0.6])
    scored = KIND.score(labels, predictions).model_dump()
    rows = KIND.row_means(labels, predictions)
    assert set(rows.values) == {"log_loss", "accuracy", "brier"}
    assert {name: values.mean() for name, values in rows.values.items()} == pytest.approx(
        {name: scored[name] for name in rows.values}
    )
