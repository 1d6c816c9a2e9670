from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.metrics.confidence_intervals import sum_intervals
from modeling.metrics.regression import metric_values, regression_metrics, row_sums


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_metrics_are_scikit_learns(offset: float) -> None:
    generator = np.random.default_rng(0)
    labels = generator.normal(offset, 3, 1000)
    predictions = labels + generator.normal(0.1, 2, 1000)
    found = regression_metrics(labels, predictions)
    assert found.rows == 1000
    assert found.mae == pytest.approx(oracle.mean_absolute_error(labels, predictions), abs=1e-9)
    assert found.rmse == pytest.approx(oracle.root_mean_squared_error(labels, predictions), abs=1e-9)
    assert found.mape == pytest.approx(oracle.mean_absolute_percentage_error(labels, predictions), rel=1e-9)
    assert found.zero_labels == 0
    assert found.r2 == pytest.approx(oracle.r2_score(labels, predictions), abs=1e-9)


def test_what_cannot_be_said() -> None:
    empty = regression_metrics(np.empty(0), np.empty(0))
    assert (empty.rows, empty.mae, empty.rmse, empty.r2) == (0, None, None, None)
    constant = regression_metrics(np.full(5, 0.1), np.full(5, 0.2))
    assert constant.r2 is None
    assert constant.mae == pytest.approx(0.1)


def test_labels_of_zero_are_left_out_of_mape_and_counted() -> None:
    labels, predictions = np.array([0.0, 2.0, -4.0, 0.0]), np.array([5.0, 3.0, -3.0, 0.0])
    found = regression_metrics(labels, predictions)
    assert (found.mape, found.zero_labels) == (0.375, 2)
    weighted = regression_metrics(labels, predictions, np.array([9.0, 1.0, 3.0, 9.0]))
    assert weighted.mape == pytest.approx((0.5 + 3 * 0.25) / 4)
    none = regression_metrics(np.zeros(3), np.ones(3))
    assert (none.mape, none.zero_labels, none.mae) == (None, 3, 1.0)
    assert regression_metrics(np.array([5e-324]), np.array([1e20])).mape is None, "beyond a double"


def test_mape_has_the_interval_of_the_other_metrics() -> None:
    generator = np.random.default_rng(1)
    labels = generator.normal(10, 2, 500)
    labels[::10] = 0
    predictions = labels + generator.normal(0, 1, 500)
    interval = sum_intervals(row_sums(labels, predictions), metric_values, 0)["mape"]
    value = regression_metrics(labels, predictions).mape
    assert value is not None
    assert interval.low < value < interval.high
    relative = np.abs((predictions - labels)[labels != 0] / labels[labels != 0])
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * relative.std() / len(relative) ** 0.5, rel=0.2)
