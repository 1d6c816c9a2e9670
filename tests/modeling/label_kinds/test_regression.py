"""Labels that are numbers: their own unit, and what protocols reply."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.made import Made

from contracts.errors import InvalidRequest, UnusableLabel
from contracts.schema import Label, Numeric, Schema
from contracts.statistics import NumberLabelStatistics
from modeling.label_kinds import TrainingLabels
from modeling.label_kinds.operations import NumpyOperations
from modeling.label_kinds.regression import RegressionLabels
from modeling.optimization.tensor_operations import TensorOperations

KIND = RegressionLabels()


def statistics(values: list[float]) -> NumberLabelStatistics:
    schema = Schema(features={"x": Numeric(dtype="float64")}, label=Label(column="y", kind="regression"))
    rows = [{"x": 1.0, "y": value} for value in values]
    label = Made(rows, [1] * len(rows), schema=schema).statistics.splits["train"].label
    assert isinstance(label, NumberLabelStatistics)
    return label


def test_the_baseline_is_the_mean() -> None:
    described = KIND.describe(statistics([1.0, 5.0]), "made")
    assert (described.baseline, described.center, described.deviation) == (3.0, 3.0, 2.0)


def test_equal_numbers_are_refused_and_there_are_no_classes() -> None:
    same = statistics([4.5, 4.5])
    with pytest.raises(UnusableLabel, match=r"dataset 'made' is 4\.5$"):
        KIND.describe(same, "made")
    with pytest.raises(InvalidRequest, match="has no classes") as caught:
        KIND.class_counts(same)
    assert caught.value.pointer == "/class_weights"


def test_always_predicting_the_mean_costs_one_deviation_squared() -> None:
    labels = TrainingLabels(3.0, center=3.0, deviation=2.0)
    learned = KIND.learned(tf.constant([1.0, 5.0], tf.float64), labels, TensorOperations())
    loss = KIND.loss(learned, tf.constant([0.0, 0.0]), TensorOperations())
    np.testing.assert_array_equal(loss, [1, 1])
    np.testing.assert_array_equal(KIND.link(np.array([-1.0, 0.0, 1.0]), labels, NumpyOperations()), [1, 3, 5])


def test_regress_replies_the_number_and_classify_refuses() -> None:
    assert KIND.numbers()({"predictions": np.array([2.5], np.float32)}) == [2.5]
    with pytest.raises(InvalidRequest, match="predicts numbers, and no classes"):
        KIND.class_scores(())


def test_evaluation_has_metrics_intervals_and_errors() -> None:
    labels, predictions = np.array([1, 2, 3], np.float32), np.array([1.0, 2.0, 5.0])
    assert KIND.score(labels, predictions).mae == pytest.approx(2 / 3)
    assert set(KIND.intervals(labels, predictions, None, 0)) <= {"mae", "rmse", "r2", "mape"}
    assert KIND.confusion(labels, predictions, ()) is None
    errors = KIND.plots(labels, predictions).errors
    assert errors is not None
    assert (errors.predicted, errors.actual) == ([1.0, 2.0, 5.0], [1.0, 2.0, 3.0])
    means = KIND.row_means(labels, predictions)
    assert means.values["mae"].mean() == pytest.approx(KIND.score(labels, predictions).mae)
    assert means.values["rmse"].mean() ** 0.5 == pytest.approx(KIND.score(labels, predictions).rmse)
    assert means.roots == {"rmse"}
