from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.evaluation.slices import ENOUGH_ROWS, MOST_VALUES, Tokens, slice_by


def test_every_row_is_in_one_group_and_the_metrics_are_those_of_its_rows() -> None:
    generator = np.random.default_rng(0)
    ids = generator.choice(16, 4000, p=np.arange(16, 0, -1) / 136)
    scores = generator.random(4000)
    labels = (generator.random(4000) < scores).astype(np.float32)
    tokens = Tokens("f", 2, [b"t%d" % at for at in range(14)])
    found = slice_by(tokens, ids, "binary", labels, scores)
    assert sum(group.metrics.rows for group in found.groups) == 4000
    kinds = [group.of for group in found.groups]
    assert kinds == ["value"] * MOST_VALUES + ["missing", "out_of_vocabulary", "other"]
    counts = [group.metrics.rows for group in found.groups[:MOST_VALUES]]
    assert counts == sorted(counts, reverse=True)
    rows = ids == 2
    first = next(group for group in found.groups if group.value == "t0")
    assert first.metrics.kind == "binary"
    assert first.metrics.auc == pytest.approx(oracle.roc_auc_score(labels[rows], scores[rows]))
    assert first.mean_label == pytest.approx(labels[rows].mean())
    assert first.mean_prediction == pytest.approx(scores[rows].mean())


def test_bytes_that_are_no_text() -> None:
    found = slice_by(Tokens("f", 2, [b"\xff\xfe"]), np.array([2, 2]), "binary", np.zeros(2), np.zeros(2))
    assert found.groups[0].value == "\\xff\\xfe"
    assert found.groups[0].metrics.rows == 2


def test_a_group_that_is_worse_differs_by_more_than_chance_and_one_that_is_alike_does_not() -> None:
    generator = np.random.default_rng(5)
    ids = generator.choice([2, 3, 4], 6000, p=[0.2, 0.4, 0.4])
    scores = generator.uniform(0.05, 0.95, 6000)
    truth = (generator.random(6000) < scores).astype(np.float32)
    labels = np.where(ids == 2, 1 - truth, truth)
    groups = {g.value: g for g in slice_by(Tokens("f", 2, [b"a", b"b", b"c"]), ids, "binary", labels, scores).groups}
    worse = groups["a"].differences["log_loss"]
    assert worse.interval.low > 0.1
    assert groups["a"].differences["accuracy"].interval.high < 0
    alike = groups["b"].differences["log_loss"], groups["c"].differences["log_loss"]
    assert abs(alike[0].value - alike[1].value) < 0.05
    whole = oracle.log_loss(labels, scores)
    inside = groups["a"].intervals["log_loss"]
    assert inside.low < oracle.log_loss(labels[ids == 2], scores[ids == 2]) < inside.high
    assert worse.value == pytest.approx(oracle.log_loss(labels[ids == 2], scores[ids == 2]) - whole)


def test_intervals_of_differences_hold_the_truth_about_95_times_in_100() -> None:
    held = {"rmse": 0, "mae": 0}
    true = {"rmse": 0.0, "mae": 0.0}
    for seed in range(200):
        generator = np.random.default_rng(seed)
        errors = generator.normal(0, 3, 400)
        ids = np.repeat([2, 3], [80, 320])
        found = slice_by(Tokens("f", 2, [b"a", b"b"]), ids, "regression", np.zeros(400), errors)
        for name in ("rmse", "mae"):
            interval = next(group for group in found.groups if group.value == "a").differences[name].interval
            held[name] += interval.low <= true[name] <= interval.high
    assert all(180 <= count <= 199 for count in held.values()), held


def test_few_rows_have_no_interval_and_a_group_of_all_rows_no_difference() -> None:
    generator = np.random.default_rng(1)
    scores = generator.random(400)
    labels = (generator.random(400) < scores).astype(np.float32)
    ids = np.where(np.arange(400) < ENOUGH_ROWS - 1, 2, 3)
    few, many = slice_by(Tokens("f", 2, [b"a", b"b"]), ids, "binary", labels, scores).groups[::-1]
    assert (few.intervals, few.differences) == ({}, {})
    assert set(many.intervals) == {"log_loss", "accuracy", "brier"}
    whole = slice_by(Tokens("f", 2, [b"a"]), np.full(400, 2), "binary", labels, scores).groups[0]
    assert whole.differences["brier"].value == pytest.approx(0.0, abs=1e-12)
    assert whole.differences["brier"].interval.high == pytest.approx(0.0, abs=1e-12)


def test_a_weight_counts_as_that_many_rows_in_the_mean_of_a_group() -> None:
    generator = np.random.default_rng(2)
    scores = generator.random(300)
    labels = (generator.random(300) < scores).astype(np.float32)
    weights = generator.integers(0, 3, 300).astype(np.float32)
    ids = np.repeat([2, 3], 150)
    found = slice_by(Tokens("f", 2, [b"a", b"b"]), ids, "binary", labels, scores, weights).groups[0]
    assert found.metrics.kind == "binary"
    assert found.metrics.log_loss is not None
    interval = found.intervals["log_loss"]
    assert (interval.low + interval.high) / 2 == pytest.approx(found.metrics.log_loss)
    unweighted = slice_by(Tokens("f", 2, [b"a", b"b"]), ids, "binary", labels, scores).groups[0]
    assert unweighted.intervals != found.intervals


def test_errors_whose_squares_of_squares_are_beyond_doubles() -> None:
    errors = np.linspace(-1e99, 1e99, 200)
    ids = np.repeat([2, 3], 100)
    found = slice_by(Tokens("f", 2, [b"a", b"b"]), ids, "regression", np.zeros(200), errors)
    for group in found.groups:
        assert np.isfinite([group.intervals["rmse"].high, group.differences["rmse"].interval.high]).all()
