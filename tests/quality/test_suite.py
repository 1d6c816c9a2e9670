from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.quality.__main__ import _arguments, show
from tests.quality.competitors import MOST_CATEGORIES, Encoder, compete, typed
from tests.quality.missing import _baseline, _with_masked
from tests.quality.rows import Rows
from tests.quality.scores import behind, calibration_error, scores
from tests.quality.suite import ranks_of, summary
from tests.quality.tables import TABLES
from threadpoolctl import threadpool_limits

from contracts.label_kinds import LabelKind


def test_scores_of_two_classes() -> None:
    found = scores("binary", np.array([0.0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))
    assert found["auc"] == 0.75
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.4, 0.9]).mean())
    assert found["mean_prediction"] == pytest.approx(0.5)


def test_scores_of_several_classes() -> None:
    found = scores("multiclass", np.array([0.0, 2]), np.array([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2]]))
    assert found["accuracy"] == 0.5
    assert found["log_loss"] == pytest.approx(-np.log([0.5, 0.2]).mean())
    assert found["calibration_error"] == pytest.approx((0.5 + 0.7) / 2)


def test_scores_of_numbers() -> None:
    assert scores("regression", np.array([0.0, 0]), np.array([3.0, 4])) == {"rmse": pytest.approx(12.5**0.5)}


def test_calibration_is_right_where_shares_are_as_predicted() -> None:
    predicted = np.repeat(np.arange(1, 11) / 10, 10)
    happened = np.concatenate([np.arange(10) < tenths for tenths in range(1, 11)])
    assert calibration_error(predicted, happened) == pytest.approx(0, abs=1e-12)
    assert calibration_error(predicted / 2, happened) == pytest.approx(predicted.mean() / 2)


def test_errors_are_behind_by_their_share() -> None:
    assert behind("rmse", 110.0, 100.0) == pytest.approx(0.1)
    assert behind("auc", 0.8, 0.9) == pytest.approx(0.1)


def test_equal_models_share_a_rank() -> None:
    tables: dict[str, Any] = {
        "a": {"metric": "auc", "tandem": 0.9, "gbt": 0.8, "gbt_500": 0.8, "linear": 0.7, "behind_gbt": -0.1},
        "b": {"metric": "rmse", "tandem": 2.0, "gbt": 1.0, "gbt_500": 0.5, "linear": 3.0, "behind_gbt": 1.0},
    }
    assert ranks_of(tables["a"]) == {"tandem": 1, "gbt": 2.5, "gbt_500": 2.5, "linear": 4}
    assert ranks_of(tables["b"]) == {"tandem": 3, "gbt": 2, "gbt_500": 1, "linear": 4}
    found = summary(tables)
    assert found["mean_rank"] == {"tandem": 2, "gbt": 2.25, "gbt_500": 1.75, "linear": 4}
    assert found["mean_behind_gbt"] == {"auc": -0.1, "rmse": 1.0}


def _rows(kind: LabelKind) -> Rows:
    random = np.random.default_rng(0)
    number, category = random.normal(size=400), random.integers(0, 3, 400)
    labels = {
        "binary": (number > 0).astype(float),
        "multiclass": category.astype(float),
        "regression": number * 10,
    }[kind]
    text = pd.DataFrame(
        {
            "number": [f"{value:.4f}" if at % 50 else "" for at, value in enumerate(number)],
            "category": [("red", "green", "blue")[value] if at % 50 else "" for at, value in enumerate(category)],
            "label": labels,
        }
    )
    return Rows(text, np.repeat([1, 2, 3, 0], [280, 60, 50, 10]), labels)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_competitors_learn_from_numbers_and_categories_with_gaps(kind: LabelKind) -> None:
    rows = _rows(kind)
    labels = rows.labels[rows.at("test")]
    assert len(labels) == 50
    with threadpool_limits(1):
        competed = compete(kind, rows, "label", seeds=2)
    for name, of_seeds in competed.items():
        found = scores(kind, labels, of_seeds[0])
        assert len(of_seeds) == 1, "no chance in so few rows"
        if kind == "regression":
            assert found["rmse"] < 0.4 * labels.std(), name
        else:
            assert found["auc" if kind == "binary" else "accuracy"] > 0.95, name


def test_columns_are_numbers_by_the_training_rows_alone() -> None:
    frame = typed(pd.DataFrame({"a": ["1", "", "x"], "b": ["1", "x", "3"]}), np.array([0, 1]))
    assert frame["a"].isna().tolist() == [False, True, True]
    assert frame["b"].tolist() == ["1", "x", "3"]


def test_more_categories_than_boosting_takes() -> None:
    frame = pd.DataFrame({"a": [str(number) for number in range(300)] * 2 + ["0"]}, dtype=object)
    ids = Encoder(frame)(frame)[:, 0]
    assert np.unique(ids).size == MOST_CATEGORIES
    assert (ids == ids[0]).sum() == 3, "a frequent one keeps its own"


def test_a_masked_copy_has_rows_with_few_and_many_missing_fields() -> None:
    positions, values = _with_masked(np.arange(1000), np.ones((1000, 10)), seed=0)
    assert positions.tolist() == list(range(1000)) * 4
    assert not np.isnan(values[:3000]).any()
    missing = np.isnan(values[3000:]).sum(axis=1)
    assert missing.mean() == pytest.approx(5, abs=0.5)
    assert set(missing.tolist()) == set(range(11))


def test_the_baseline_of_classes_is_their_shares() -> None:
    assert _baseline("multiclass", np.array([0.0, 0, 1, 2]), 2, 3).tolist() == [[0.5, 0.25, 0.25]] * 2
    assert _baseline("binary", np.array([0.0, 1, 1, 1]), 2, 2).tolist() == [0.75, 0.75]


def test_words_choose_parts_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    asked: argparse.Namespace = _arguments(["--tables", "credit,digits", "--seeds", "1"])
    assert (asked.parts, asked.tables, asked.seeds) == (["suite"], ["credit", "digits"], 1)
    asked = _arguments(["--parts", "suite"])
    assert asked.tables == list(TABLES)
    with pytest.raises(SystemExit):
        _arguments(["--tables", "credit,nothing"])
    assert "unknown: nothing" in capsys.readouterr().err


def test_figures_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    tables = {
        "credit": {
            "metric": "auc",
            "rows": 4454,
            "tandem": 0.81,
            "gbt": 0.83,
            "gbt_500": 0.84,
            "linear": 0.8,
            "behind_gbt": 0.02,
            "seconds": 9.5,
            "cpu_seconds": 12.0,
            "calibration_error": {"tandem": 0.03, "gbt": 0.02},
        }
    }
    missing = {"0.3": {"auc": 0.71, "log_loss": 0.5, "baseline_log_loss": 0.55}}
    show({"suite": tables, **summary(tables), "missing": missing})
    shown = capsys.readouterr().out
    assert "+0.0200" in shown
    assert "0.5500" in shown
