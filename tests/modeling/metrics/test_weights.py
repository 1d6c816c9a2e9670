"""Metrics of weighted rows are scikit-learn's, whatever the weights: zeros, ties, rows of weight 0 before all others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from modeling.metrics.binary import Cells, binary_metrics
from modeling.metrics.confidence_intervals import binary_intervals
from modeling.metrics.curves import calibration, precision_recall_curve, roc_curve
from modeling.metrics.multiclass import multiclass_metrics
from modeling.metrics.regression import regression_metrics

Array = np.ndarray[Any, np.dtype[Any]]
WEIGHTS = st.sampled_from([0.0, 0.0, 1e-30, 0.1, 1.0, 1.0, 7.5, 1e6])
SCORES = st.sampled_from([0.0, 1e-9, 0.25, 0.5, 0.5, 0.75, 1 - 1e-16, 1.0])
CLASSES = 3


def parts(rows: list[tuple[Any, ...]]) -> list[Array]:
    """Labels, scores, and weights as records hold them."""
    labels, scores, weights = zip(*rows, strict=True)
    return [np.array(labels), np.array(scores, np.float64), np.array(weights, np.float32)]


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-6, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.booleans(), SCORES, WEIGHTS), min_size=1, max_size=12))
@example([(True, 0.9, 0.0), (False, 0.5, 1.0), (True, 0.25, 2.0)])
def test_binary(rows: list[tuple[bool, float, float]]) -> None:
    labels, scores, weights = parts(rows)
    cells = Cells.of(labels.astype(np.float32), scores, weights)
    metrics = binary_metrics(cells)
    assert metrics.rows == len(rows)
    positives, negatives = weights[labels].sum(), weights[~labels].sum()
    if not positives + negatives:
        assert {metrics.auc, metrics.pr_auc, metrics.log_loss, metrics.accuracy, metrics.brier} == {None}
        assert (roc_curve(cells), precision_recall_curve(cells), calibration(cells)) == (None, None, [])
        return
    binary_intervals(cells, seed=0)
    said = scores >= 0.5
    assert metrics.log_loss == close(oracle.log_loss(labels, scores, sample_weight=weights, labels=[0, 1]))
    assert metrics.accuracy == close(oracle.accuracy_score(labels, said, sample_weight=weights))
    brier = oracle.brier_score_loss(labels, scores, sample_weight=weights, pos_label=1)
    assert metrics.brier == close(brier)
    if not positives:
        assert (metrics.pr_auc, precision_recall_curve(cells)) == (None, None)
        return
    assert metrics.pr_auc == close(oracle.average_precision_score(labels, scores, sample_weight=weights))
    curve = precision_recall_curve(cells)
    assert curve is not None
    precision, recall, _ = oracle.precision_recall_curve(labels, scores, sample_weight=weights)
    assert curve.precision == [close(value) for value in precision[::-1][1:]]
    assert curve.recall == [close(value) for value in recall[::-1][1:]]
    if not negatives:
        assert (metrics.auc, roc_curve(cells)) == (None, None)
        return
    assert metrics.auc == close(oracle.roc_auc_score(labels, scores, sample_weight=weights))
    points = roc_curve(cells)
    assert points is not None
    false, true, _ = oracle.roc_curve(labels, scores, sample_weight=weights, drop_intermediate=False)
    assert points.false_positive_rate == [close(value) for value in false]
    assert points.true_positive_rate == [close(value) for value in true]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, CLASSES - 1), st.lists(st.sampled_from([1, 2, 5]), min_size=3, max_size=3), WEIGHTS),
        min_size=1,
        max_size=12,
    )
)
def test_multiclass(rows: list[tuple[int, list[int], float]]) -> None:
    labels, odds, weights = parts(rows)
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    metrics = multiclass_metrics(labels, probabilities, weights)
    if not weights.any():
        assert {metrics.auc, metrics.log_loss, metrics.accuracy, metrics.macro_f1} == {None}
        return
    said = probabilities.argmax(axis=1)
    expected = oracle.log_loss(labels, probabilities, sample_weight=weights, labels=range(CLASSES))
    assert metrics.log_loss == close(expected)
    assert metrics.accuracy == close(oracle.accuracy_score(labels, said, sample_weight=weights))
    f1 = oracle.f1_score(labels, said, average="macro", sample_weight=weights, zero_division=0)  # pyright: ignore[reportArgumentType]  # its stub knows only text
    assert metrics.macro_f1 == close(f1)
    of_class = [weights[labels == class_id].sum() for class_id in range(CLASSES)]
    if all(of_class):
        auc = oracle.roc_auc_score(labels, probabilities, sample_weight=weights, multi_class="ovr")
        assert metrics.auc == close(auc)
    else:
        assert metrics.auc is None


NUMBERS = st.sampled_from([-3.0, 0.0, 0.5, 0.5, 2.0, 1e9])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, WEIGHTS), min_size=1, max_size=12), st.sampled_from([0.0, 1e15, 1e99]))
def test_regression(rows: list[tuple[float, float, float]], outlier: float) -> None:
    labels, predictions, weights = parts([*rows, (outlier, 0.0, 0.0)])
    metrics = regression_metrics(labels, predictions, weights)
    if not weights.any():
        assert (metrics.mae, metrics.rmse, metrics.r2) == (None, None, None)
        return
    assert metrics.mae == close(oracle.mean_absolute_error(labels, predictions, sample_weight=weights))
    assert metrics.rmse == close(oracle.root_mean_squared_error(labels, predictions, sample_weight=weights))
    if len(set(labels[weights > 0])) == 1:
        assert metrics.r2 is None
        return
    if metrics.r2 is not None:  # it is null where all weight is on labels that are equal up to rounding
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            r2 = oracle.r2_score(labels, predictions, sample_weight=weights)
        assert metrics.r2 == pytest.approx(r2, rel=1e-4, abs=1e-6)


def test_a_label_of_weight_0_takes_no_digits_from_the_others() -> None:
    generator = np.random.default_rng(0)
    labels = np.append(generator.normal(0, 1, 50), 1e15)
    predictions = np.append(labels[:50] + generator.normal(0, 0.5, 50), 0.0)
    weights = np.append(generator.uniform(0.5, 2, 50), 0.0).astype(np.float32)
    metrics = regression_metrics(labels, predictions, weights)
    assert metrics.r2 == pytest.approx(oracle.r2_score(labels, predictions, sample_weight=weights), rel=1e-6)
