from __future__ import annotations

import numpy as np
import pytest

from modeling.metrics.binary import Cells
from modeling.metrics.calibration_error import calibration_error, calibration_interval
from modeling.metrics.curves import calibration


def drawn(rows: int, temperature: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    odds = generator.normal(0, 1.5, rows)
    labels = (generator.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    return labels, 1 / (1 + np.exp(-odds * temperature))


def test_the_error_is_that_of_the_calibration_plot() -> None:
    labels, predictions = drawn(900, 1.4, np.random.default_rng(0))
    predictions[::3] = predictions[0]
    weights = np.random.default_rng(1).choice([0.0, 1.0, 3.0], 900)
    bins = calibration(Cells.of(labels, predictions))
    expected = sum(tenth.rows * abs(tenth.predicted - tenth.observed) for tenth in bins) / 900
    assert calibration_error(labels, predictions) == pytest.approx(expected)
    twice = np.repeat(np.arange(900), 2)
    assert calibration_error(labels[twice], predictions[twice]) == pytest.approx(expected, abs=1e-3)
    weighted = calibration(Cells.of(labels, predictions, weights))
    tenths = np.searchsorted(np.quantile(predictions, np.arange(1, 10) / 10), predictions)
    shares = [weights[tenths == tenth].sum() / weights.sum() for tenth in np.unique(tenths)]
    gaps = [abs(tenth.predicted - tenth.observed) for tenth in weighted]
    assert calibration_error(labels, predictions, weights) == pytest.approx(np.dot(shares, gaps))


@pytest.mark.parametrize("temperature", [1.0, 1.3, 2.0])
def test_95_of_100_intervals_hold_the_error_of_endless_rows(temperature: float) -> None:
    generator = np.random.default_rng(0)
    odds = generator.normal(0, 1.5, 200_000)
    true = calibration_error(1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(-odds * temperature)))
    assert true is not None
    held = 0
    for _ in range(300):
        interval = calibration_interval(*drawn(600, temperature, generator))
        assert interval is not None
        held += interval.low <= true + 1e-9 and true <= interval.high
    assert held / 300 > 0.92


def test_the_interval_of_a_model_that_is_off_excludes_0_and_of_a_calibrated_one_does_not() -> None:
    generator = np.random.default_rng(5)
    off, calibrated = (calibration_interval(*drawn(2000, temperature, generator)) for temperature in (2.0, 1.0))
    assert off is not None
    assert calibrated is not None
    assert off.low > 0.05
    assert calibrated.low == 0
    certain = calibration_interval(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    assert certain is not None
    assert (certain.low, certain.high) == (1.0, 1.0)


def test_without_rows_or_weight_there_is_no_error() -> None:
    assert calibration_error(np.empty(0), np.empty(0)) is None
    assert calibration_interval(np.ones(3), np.ones(3), np.zeros(3)) is None
