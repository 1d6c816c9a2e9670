from __future__ import annotations

import numpy as np
import pytest

from modeling.metrics.regression_errors import BINS, MOST_POINTS, PROBABILITIES, regression_errors


def made(rows: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    predictions = generator.normal(100, 20, rows)
    return predictions + generator.normal(1, 5, rows), predictions


def test_points_are_rows_and_few() -> None:
    labels, predictions = made(50_000)
    found = regression_errors(labels, predictions)
    assert found is not None
    assert len(found.predicted) == len(found.actual) == MOST_POINTS
    pairs = set(zip(predictions.tolist(), labels.tolist(), strict=True))
    assert pairs.issuperset(zip(found.predicted, found.actual, strict=True))
    assert len(found.model_dump_json()) < 30_000


def test_quantiles_are_numpys() -> None:
    labels, predictions = made(3000)
    found = regression_errors(labels, predictions)
    assert found is not None
    errors = predictions - labels
    assert [each.error for each in found.quantiles] == pytest.approx(np.quantile(errors, PROBABILITIES).tolist())
    assert [each.magnitude for each in found.quantiles] == pytest.approx(
        np.quantile(np.abs(errors), PROBABILITIES).tolist()
    )


def test_tenths_hold_every_row_once_with_their_means() -> None:
    labels, predictions = made(1005)
    found = regression_errors(labels, predictions)
    assert found is not None
    assert len(found.tenths) == 10
    assert sum(tenth.rows for tenth in found.tenths) == 1005
    mean = sum(tenth.rows * tenth.actual for tenth in found.tenths) / 1005
    assert mean == pytest.approx(labels.mean())
    assert [tenth.predicted for tenth in found.tenths] == sorted(tenth.predicted for tenth in found.tenths)


def test_one_far_error_does_not_hide_the_others() -> None:
    labels, predictions = made(1000)
    labels[0] = 1e9
    found = regression_errors(labels, predictions)
    assert found is not None
    counts = found.histogram.groups[0].counts
    assert len(counts) == BINS
    assert sum(counts) == pytest.approx(980, abs=2)
    assert max(counts) < 200


@pytest.mark.parametrize("errors", [[0.0, 0.0, 0.0], [5.0], [1e100, -1e100], [1.0, 1.0 + 2**-52]])
def test_errors_that_a_histogram_can_hardly_divide(errors: list[float]) -> None:
    found = regression_errors(np.zeros(len(errors)), np.array(errors))
    assert found is not None
    assert np.all(np.isfinite(found.histogram.edges))
    assert len(found.histogram.edges) == len(found.histogram.groups[0].counts) + 1


def test_without_rows_there_is_nothing() -> None:
    assert regression_errors(np.empty(0), np.empty(0)) is None
