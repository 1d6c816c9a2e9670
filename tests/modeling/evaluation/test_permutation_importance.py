from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.inspection import permutation_importance as oracle
from sklearn.linear_model import LogisticRegression

from contracts.features import Bucketize, Categorical, Cross, Hashed, Numeric
from contracts.messages.metrics import MetricName
from contracts.messages.trainings import ImportanceSpec
from contracts.schema import Label, Schema
from modeling.evaluation.permutation_importance import (
    FEWEST_FEATURES,
    FEWEST_ROWS,
    MOST_PREDICTIONS,
    Columns,
    ImportancePlan,
    RowSample,
    input_columns,
    permutation_importance,
    plan_importance,
)
from modeling.evaluation.row_cost import MOST_WORK

Array = np.ndarray[Any, np.dtype[Any]]


def whole(features: int, repeats: int) -> ImportancePlan:
    return ImportancePlan(5000, features, repeats, 4096)


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

    found = permutation_importance("binary", sample, columns, predict, whole(3, 10), seed=1)
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

    found = permutation_importance("binary", sample, {"a": Columns([0, 1], [])}, predict, whole(1, 2), seed=0)
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
    spec = ImportanceSpec()
    assert plan_importance(spec, 39, test_rows=100_000, cost=10_000) == ImportancePlan(5000, 39, 3, 4096)
    assert plan_importance(spec, 39, test_rows=70, cost=10_000).rows == 70
    many = plan_importance(ImportanceSpec(rows=1_000_000, repeats=100), 100, test_rows=2_000_000)
    assert many.alone == 100
    assert many.rows * 100 * 100 <= MOST_PREDICTIONS
    assert permutation_importance("binary", RowSample(10, 0), {}, lambda *_: np.empty(0), whole(0, 1), 0) is None


@pytest.mark.parametrize("features", [1000, 2000, 10_000, 50_000])
@pytest.mark.parametrize("test_rows", [25, 100_000])
def test_wide_tables_cost_no_more_than_others(features: int, test_rows: int) -> None:
    cost = 2 * features * 256 * 4
    plan = plan_importance(ImportanceSpec(), features, test_rows=test_rows, cost=cost)
    assert plan.rows == min(test_rows, FEWEST_ROWS)
    assert FEWEST_FEATURES <= plan.alone <= features
    groups = int(np.ceil(np.log2(features / plan.alone))) + 1 if plan.alone < features else 0
    fewest = FEWEST_FEATURES * (groups + 3) * plan.rows * cost
    assert plan.alone * (groups + 3) * plan.rows * cost <= max(1.5 * MOST_WORK, fewest)
    assert plan.at_once * cost <= 2_000_000_000


def test_of_a_wide_table_the_features_that_matter_are_found_by_groups() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(300, 1000)).astype(np.float32)
    weights = np.zeros(1000)
    weights[[7, 123, 124, 500, 999]] = [3, 2, -2, 1, 4]
    labels = (values @ weights > 0).astype(np.float32)
    calls: list[int] = []

    def predict(numeric: Array, _: Array) -> Array:
        calls.append(len(numeric))
        return 1 / (1 + np.exp(-numeric @ weights))

    sample = RowSample(300, seed=0)
    sample.add(values, np.empty((300, 0)), labels)
    columns = {f"c{at}": Columns([at], []) for at in range(1000)}
    found = permutation_importance("binary", sample, columns, predict, ImportancePlan(300, 20, 3, 4096), seed=1)
    assert found is not None
    assert [each.feature for each in found.features[:5]] == ["c999", "c7", "c123", "c124", "c500"]
    assert len(found.features) <= 20
    assert found.other_features == 1000 - len(found.features)
    assert sum(calls) < 300 * (1 + 20 * (3 + 7))
    assert max(calls) <= 4096


def test_shuffles_do_not_depend_on_how_many_are_one_call() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(50, 9)).astype(np.float32)
    labels = generator.integers(0, 2, 50).astype(np.float32)
    sample = RowSample(50, seed=0)
    sample.add(values, np.empty((50, 0)), labels)
    columns = {f"c{at}": Columns([at], []) for at in range(9)}
    found = [
        permutation_importance(
            "binary",
            sample,
            columns,
            lambda numeric, _: np.clip(numeric[:, 3], 0.1, 0.9),
            ImportancePlan(50, 9, 2, at),
            4,
        )
        for at in (1, 170, 4096)
    ]
    assert found[0] == found[1] == found[2]


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
