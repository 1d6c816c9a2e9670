"""Evaluations of every kind of label: read back as they were, and undefined figures are null."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages.evaluation import Evaluation, EvaluationDetail
from contracts.messages.metrics import BinaryMetrics, Confusion, Interval, Metrics, MulticlassMetrics, RegressionMetrics

BINARY = BinaryMetrics(rows=9, auc=None, pr_auc=None, log_loss=0.5, accuracy=1.0, brier=0.1)
CLASSES = MulticlassMetrics(rows=9, auc=0.5, log_loss=1.0, accuracy=0.4, macro_f1=0.3)
NUMBERS = RegressionMetrics(rows=0, mae=None, rmse=None, r2=None)


def evaluation(metrics: Metrics, prediction: Any, confusion: Confusion | None = None) -> Evaluation:
    return Evaluation(
        test=metrics,
        intervals={"log_loss": Interval(low=0.4, high=0.6)},
        baseline=metrics,
        baseline_intervals={},
        baseline_prediction=prediction,
        confusion=confusion,
        note=None,
    )


@pytest.mark.parametrize(
    "one",
    [
        evaluation(BINARY, 0.25, Confusion(classes=["0", "1"], counts=[[7, 0], [1, 1]], threshold=0.5)),
        evaluation(CLASSES, [0.2, 0.8]),
        evaluation(NUMBERS, 3),
    ],
    ids=["binary", "multiclass", "regression"],
)
def test_an_evaluation_survives_json(one: Evaluation) -> None:
    again = Evaluation.model_validate_json(one.model_dump_json())
    assert again == one
    assert type(again.test) is type(one.test)


def test_a_figure_is_a_number_or_null() -> None:
    for prediction in (float("nan"), [0.5, float("inf")], None):
        with pytest.raises(ValidationError, match=r"finite|valid number"):
            evaluation(BINARY, prediction)


def test_details_may_be_empty() -> None:
    detail = EvaluationDetail(roc=None, precision_recall=None, calibration=[], slices=[], importance=None)
    assert EvaluationDetail.model_validate_json(detail.model_dump_json()) == detail
