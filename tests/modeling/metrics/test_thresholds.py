"""The curves by threshold and rank, against counts made row by row and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.metrics.binary import Cells, confusion
from modeling.metrics.thresholds import MOST_RANKS, gain_curve, score_histogram, threshold_curve


def made(rows: int, share: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    scores = generator.beta(2 * share, 2, rows)
    return (generator.random(rows) < scores).astype(np.float32), scores


@pytest.mark.parametrize(("rows", "share"), [(1, 0.5), (300, 0.5), (20_000, 0.01)])
def test_counts_at_each_threshold_are_those_of_the_rows(rows: int, share: float) -> None:
    labels, scores = made(rows, share)
    curve = threshold_curve(Cells.of(labels, scores))
    assert curve is not None
    assert len(curve.thresholds) <= 101 + MOST_RANKS
    assert curve.rows == [int((labels == 0).sum()), int((labels == 1).sum())]
    assert {0.0, 0.5, 0.37, 1.0} <= set(curve.thresholds)
    assert curve.thresholds == sorted(curve.thresholds)
    for threshold, hits, alarms in zip(curve.thresholds, curve.true_positives, curve.false_positives, strict=True):
        chosen = scores >= threshold
        assert (hits, alarms) == ((labels[chosen] == 1).sum(), (labels[chosen] == 0).sum())


def test_the_curve_agrees_with_the_confusion_and_with_scikit_learn() -> None:
    labels, scores = made(3000)
    curve = threshold_curve(Cells.of(labels, scores))
    counts = confusion(Cells.of(labels, scores))
    assert curve is not None
    assert counts is not None
    at = curve.thresholds.index(0.5)
    assert [curve.false_positives[at], curve.true_positives[at]] == [row[1] for row in counts.counts]
    hits, alarms = curve.true_positives[at], curve.false_positives[at]
    assert 2 * hits / (hits + alarms + curve.rows[1]) == pytest.approx(oracle.f1_score(labels, scores >= 0.5))


def test_a_rare_label_has_thresholds_where_its_rows_are() -> None:
    labels, scores = made(20_000, 0.01)
    curve = threshold_curve(Cells.of(labels, scores / 200))
    assert curve is not None
    assert sum(0 < threshold < 0.01 for threshold in curve.thresholds) > 50


def test_weights_do_not_change_counts_but_gain() -> None:
    labels, scores = made(500)
    weights = np.where(labels > 0, 3.0, 1.0)
    plain, weighted = Cells.of(labels, scores), Cells.of(labels, scores, weights)
    assert threshold_curve(plain) == threshold_curve(weighted)
    assert score_histogram(plain) == score_histogram(weighted)
    assert gain_curve(plain) != gain_curve(weighted)


def test_gain_is_the_share_of_the_positives_among_the_best_rows() -> None:
    labels, scores = made(10_000)
    gain = gain_curve(Cells.of(labels, scores))
    assert gain is not None
    assert len(gain.rows) <= MOST_RANKS
    assert (gain.rows[-1], gain.positives[-1]) == (1.0, 1.0)
    best = np.argsort(-scores)
    for share, found in zip(gain.rows, gain.positives, strict=True):
        assert found == pytest.approx(labels[best[: round(share * len(labels))]].sum() / labels.sum())


def test_equal_predictions_are_one_step() -> None:
    gain = gain_curve(Cells.of(np.array([0.0, 1, 1, 0]), np.full(4, 0.3)))
    assert gain is not None
    assert (gain.rows, gain.positives) == ([1.0], [1.0])


def test_every_row_is_in_the_histogram_once() -> None:
    labels, scores = made(400)
    scores[:2] = 0.0, 1.0
    histogram = score_histogram(Cells.of(labels, scores))
    assert histogram is not None
    assert [sum(group.counts) for group in histogram.groups] == [(labels == 0).sum(), (labels == 1).sum()]
    assert histogram.groups[1].counts == np.histogram(scores[labels == 1], histogram.edges)[0].tolist()


def test_without_rows_there_is_nothing_and_without_positives_no_gain() -> None:
    none = Cells.of(np.empty(0), np.empty(0))
    assert (threshold_curve(none), gain_curve(none), score_histogram(none)) == (None, None, None)
    negative = Cells.of(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    assert gain_curve(negative) is None
    curve = threshold_curve(negative)
    assert curve is not None
    assert curve.rows == [3, 0]
