from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.inspection import permutation_importance as oracle
from sklearn.linear_model import LogisticRegression

from contracts.features import Bucketize, Categorical, Cross, Hashed, Numeric
from contracts.messages.metrics import MetricName
from contracts.schema import Label, Schema
from modeling.evaluation.permutation_importance import (
    MOST_PREDICTIONS,
    Columns,
    RowSample,
    input_columns,
    permutation_importance,
    sample_size,
)

Array = np.ndarray[Any, np.dtype[Any]]


def test_importance_is_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(0, 1, (4000, 3))
    labels = (generator.random(4000) < 1 / (1 + np.exp(-2 * values[:, 0] - 0.5 * values[:, 1]))).astype(np.float32)
    model = LogisticRegression().fit(values, labels)
    sample = RowSample(4000, seed=0)
    sample.add(values, np.empty((4000, 0)), labels)
    columns = {name: Columns([at], []) for at, name in enumerate(["strong", "weak", "none"])}

    def predict(numeric: Array, _: Array) -> Array:
        return model.predict_proba(numeric)[:, 1]

    found = permutation_importance("binary", sample, columns, predict, repeats=10, seed=1)
    assert found is not None
    assert [each.feature for each in found.features] == ["strong", "weak", "none"]
    pairs: list[tuple[MetricName, str]] = [("auc", "roc_auc"), ("log_loss", "neg_log_loss")]
    for metric, scoring in pairs:
        expected: Any = oracle(model, values, labels, scoring=scoring, n_repeats=10, random_state=2)
        means = [each.worse[metric].mean for each in found.features]
        assert means == pytest.approx(expected["importances_mean"].tolist(), abs=0.01, rel=0.04)


def test_all_that_a_feature_became_is_shuffled_together() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 500).astype(np.float32)
    numeric = np.stack([labels, labels, generator.normal(size=500)], axis=1)
    sample = RowSample(500, seed=0)
    sample.add(numeric, np.empty((500, 0)), labels)

    def predict(numeric: Array, _: Array) -> Array:
        assert np.array_equal(numeric[:, 0], numeric[:, 1])
        return np.clip(numeric[:, 0], 0.1, 0.9)

    found = permutation_importance("binary", sample, {"a": Columns([0, 1], [])}, predict, repeats=2, seed=0)
    assert found is not None
    assert found.features[0].worse["auc"].mean == pytest.approx(0.5, abs=0.1)


def test_a_sample_is_uniform_and_does_not_depend_on_batches() -> None:
    def sampled(batch: int) -> Array:
        sample = RowSample(200, seed=5)
        for begin in range(0, 10_000, batch):
            sample.add(np.arange(begin, min(begin + batch, 10_000)))
        return sample.rows[0]

    one, many = sampled(10_000), sampled(37)
    assert np.array_equal(one, many)
    assert len(np.unique(one)) == 200
    assert 4000 < one.mean() < 6000


def test_the_cost_is_bounded_and_nothing_comes_of_nothing() -> None:
    assert sample_size(5000, 39, 3) == 5000
    assert sample_size(1_000_000, 1000, 100) * 1000 * 100 <= MOST_PREDICTIONS
    assert permutation_importance("binary", RowSample(10, 0), {}, lambda *_: np.empty(0), 1, 0) is None


def test_where_a_feature_lies_in_the_models_inputs() -> None:
    schema = Schema(
        features={
            "a": Numeric(dtype="float64", indicator=True),
            "b": Numeric(dtype="float64", indicator=True, bucketize=Bucketize(bounds=[1.0])),
            "c": Categorical(),
            "d": Hashed(buckets=5),
        },
        crosses=[Cross(name="c*d", features=["c", "d"], buckets=7)],
        label=Label(column="y"),
    )
    assert input_columns(schema, is_final=False) == {
        "a": Columns([0], []),
        "b": Columns([1], []),
        "c": Columns([], [0]),
        "d": Columns([], [1]),
    }
    assert input_columns(schema, is_final=True) == {
        "a": Columns([0, 1], []),
        "b": Columns([2], [2]),
        "c": Columns([], [0, 3]),
        "d": Columns([], [1, 3]),
    }
