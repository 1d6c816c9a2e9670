from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.metrics.regression import regression_metrics, row_sums


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_metrics_are_scikit_learns(offset: float) -> None:
    generator = np.random.default_rng(0)
    labels = generator.normal(offset, 3, 1000)
    predictions = labels + generator.normal(0.1, 2, 1000)
    found = regression_metrics(row_sums(labels, predictions))
    assert found.rows == 1000
    assert found.mae == pytest.approx(oracle.mean_absolute_error(labels, predictions), abs=1e-9)
    assert found.rmse == pytest.approx(oracle.root_mean_squared_error(labels, predictions), abs=1e-9)
    assert found.r2 == pytest.approx(oracle.r2_score(labels, predictions), abs=1e-9)


def test_what_cannot_be_said() -> None:
    empty = regression_metrics(row_sums(np.empty(0), np.empty(0)))
    assert (empty.rows, empty.mae, empty.rmse, empty.r2) == (0, None, None, None)
    constant = regression_metrics(row_sums(np.full(5, 0.1), np.full(5, 0.2)))
    assert constant.r2 is None
    assert constant.mae == pytest.approx(0.1)
