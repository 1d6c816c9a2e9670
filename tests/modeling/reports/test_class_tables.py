from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics as oracle
from tests.modeling.reports.made_versions import CLASSES, predictions_of

from contracts.messages.evaluation import CalibrationBin, ThresholdCurve
from contracts.messages.metrics import Confusion, Interval
from modeling.metrics.multiclass import class_calibration, confusion
from modeling.reports.class_tables import calibration_error, confusion_table, threshold_data


def test_figures_of_each_class_are_scikit_learns() -> None:
    labels, predictions = predictions_of("multiclass", 900, 0)
    counts = confusion(labels, predictions, list(CLASSES))
    assert counts is not None
    table = confusion_table(counts, class_calibration(labels.astype(int), predictions, CLASSES))
    found = oracle.precision_recall_fscore_support(labels, predictions.argmax(axis=1))
    precision, recall, f1, rows = (np.asarray(values) for values in found)
    assert [row.precision for row in table.rows] == pytest.approx(precision.tolist())
    assert [row.recall for row in table.rows] == pytest.approx(recall.tolist())
    assert [row.f1 for row in table.rows] == pytest.approx(f1.tolist())
    assert [sum(row.counts) for row in table.rows] == rows.tolist()
    assert table.has_calibration
    assert np.sum([row.shares for row in table.rows], axis=1) == pytest.approx([1, 1, 1])


def test_a_class_that_is_never_true_nor_predicted_has_no_figures() -> None:
    table = confusion_table(Confusion(classes=["a", "b"], counts=[[3, 0], [0, 0]], threshold=None), [])
    assert (table.rows[1].precision, table.rows[1].recall, table.rows[1].f1) == (None, None, None)
    assert table.rows[1].shares == [0.0, 0.0]
    assert not table.has_calibration


def test_the_calibration_error_is_the_mean_distance() -> None:
    ends = Interval(low=0, high=1)
    bins = [
        CalibrationBin(rows=30, predicted=0.2, observed=0.3, interval=ends),
        CalibrationBin(rows=10, predicted=0.8, observed=0.4, interval=ends),
    ]
    assert calibration_error(bins) == pytest.approx(0.175)
    assert calibration_error([]) is None


def test_the_script_is_given_the_whole_curve() -> None:
    curve = ThresholdCurve(rows=[1, 2], thresholds=[0.0, 1.0], false_positives=[1, 0], true_positives=[2, 0])
    assert json.loads(threshold_data(curve)) == curve.model_dump()


def test_the_slider_has_the_chosen_threshold_as_well() -> None:
    curve = ThresholdCurve(rows=[4, 2], thresholds=[0.0, 0.5, 1.0], false_positives=[4, 1, 0], true_positives=[2, 1, 0])
    chosen = Confusion(classes=["0", "1"], counts=[[1, 3], [0, 2]], threshold=0.3774)
    data = json.loads(threshold_data(curve, chosen))
    assert data["thresholds"] == [0.0, 0.3774, 0.5, 1.0]
    assert (data["false_positives"], data["true_positives"]) == ([4, 3, 1, 0], [2, 2, 1, 0])
    at_half = chosen.model_copy(update={"threshold": 0.5})
    assert threshold_data(curve, at_half) == threshold_data(curve)
