from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.metrics import regression
from modeling.metrics.binary import Cells, metric_values, probabilities
from modeling.metrics.confidence_intervals import binary_intervals, sum_intervals


def made(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    odds = generator.normal(-1, 1.5, rows)
    return (generator.random(rows) < probabilities(odds)).astype(np.float32), probabilities(odds)


@pytest.mark.parametrize("rows", [300, 5000])
def test_an_interval_is_that_of_drawing_rows_one_by_one(rows: int) -> None:
    labels, scores = made(rows)
    found = binary_intervals(Cells.of(labels, scores), seed=1)
    generator = np.random.default_rng(2)
    drawn: dict[str, list[float]] = {"auc": [], "log_loss": [], "pr_auc": [], "brier": [], "accuracy": []}
    for _ in range(400):
        at = generator.integers(0, rows, rows)
        for name, value in metric_values(Cells.of(labels[at], scores[at])).items():
            drawn[name].append(float(value))
    for name, values in drawn.items():
        low, high = np.percentile(values, [2.5, 97.5])
        interval = found[name]  # pyright: ignore[reportArgumentType]
        assert interval.low == pytest.approx(low, abs=0.15 * (high - low)), name
        assert interval.high == pytest.approx(high, abs=0.15 * (high - low)), name


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    labels, scores = made(60_000, seed=3)
    truth = oracle.roc_auc_score(labels, scores)
    inside = 0
    for at in range(60):
        rows = slice(1000 * at, 1000 * (at + 1))
        interval = binary_intervals(Cells.of(labels[rows], scores[rows]), seed=at)["auc"]
        inside += interval.low <= truth <= interval.high
    assert 52 <= inside <= 60


def test_the_same_seed_gives_the_same_intervals_at_a_bounded_cost() -> None:
    labels, scores = made(500_000)
    cells = Cells.of(labels, scores)
    begin = time.process_time()
    found = binary_intervals(cells, seed=7)
    assert time.process_time() - begin < 20
    assert found == binary_intervals(cells, seed=7)
    auc = float(metric_values(cells)["auc"])
    assert found["auc"].low < auc < found["auc"].high
    assert found["auc"].high - found["auc"].low < 0.005


def test_intervals_of_sums_are_those_of_drawing_rows_one_by_one() -> None:
    generator = np.random.default_rng(0)
    labels = generator.normal(10, 3, 10_000)
    predictions = labels + generator.standard_t(5, 10_000)
    sums = regression.row_sums(labels, predictions)
    found = sum_intervals(sums, regression.metric_values, seed=1)
    drawn = [regression.metric_values(sums[generator.integers(0, 10_000, 10_000)].sum(axis=0)) for _ in range(400)]
    for name, interval in found.items():
        low, high = np.percentile([float(each[name]) for each in drawn], [2.5, 97.5])
        assert interval.low == pytest.approx(low, abs=0.15 * (high - low)), name
        assert interval.high == pytest.approx(high, abs=0.15 * (high - low)), name


def test_without_rows_or_without_one_label() -> None:
    assert binary_intervals(Cells.of(np.empty(0), np.empty(0)), seed=0) == {}
    assert sum_intervals(np.empty((0, 5)), regression.metric_values, seed=0) == {}
    one = binary_intervals(Cells.of(np.ones(5), np.full(5, 0.5)), seed=0)
    assert one.keys() == {"pr_auc", "log_loss", "accuracy", "brier"}
