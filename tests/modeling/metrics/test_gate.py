from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import InvalidRequest
from contracts.messages.evaluation import ClassAuc, MissingShare, MissingValues
from contracts.messages.folds.results import CrossValidation
from contracts.messages.gates import Require
from contracts.messages.metrics import BinaryMetrics, MulticlassMetrics
from modeling.metrics.gate import check_metrics, judge
from modeling.training.folds.fold_spread import fold_metric

GOOD = BinaryMetrics(rows=10, auc=0.8, pr_auc=0.7, log_loss=0.4, accuracy=0.75, brier=0.1)
CLASSES = MulticlassMetrics(rows=5, auc=None, log_loss=0.4, accuracy=0.75, macro_f1=0.5)
NONE = BinaryMetrics(rows=0, auc=None, pr_auc=None, log_loss=None, accuracy=None, brier=None)


def require(**conditions: Any) -> Require:
    return Require.model_validate(conditions)


@pytest.mark.parametrize(
    ("conditions", "missed"),
    [
        ({"auc": {"min": 0.8}}, {}),
        ({"auc": {"min": 0.85}}, {"auc.min": 0.05}),
        ({"log_loss": {"max": 0.4}}, {}),
        ({"log_loss": {"max": 0.3}, "brier": {"max": 0.2}}, {"log_loss.max": 0.1}),
        ({"accuracy": {"min": 0.8, "max": 0.9}}, {"accuracy.min": 0.05}),
        ({"accuracy": {"min": 0.1, "max": 0.7}}, {"accuracy.max": 0.05}),
    ],
)
def test_bounds(conditions: dict[str, Any], missed: dict[str, float]) -> None:
    gate = judge(require(**conditions), "binary", GOOD, None)
    assert {miss.condition: miss.by for miss in gate.missed} == pytest.approx(missed)
    assert gate.passed == (not missed)


def test_what_cannot_be_said_is_a_miss() -> None:
    gate = judge(require(auc={"min": 0.1}, log_loss={"max": 9}), "binary", NONE, None)
    assert [(miss.condition, miss.received, miss.by) for miss in gate.missed] == [
        ("auc.min", None, None),
        ("log_loss.max", None, None),
    ]
    assert "undefined on this test split" in gate.reason


@pytest.mark.parametrize(
    ("better_than", "its", "by"),
    [
        ("champion", {"log_loss": 0.41}, None),
        ("champion", {"log_loss": 0.4}, 0.0),
        ("champion", {"log_loss": 0.35}, 0.05),
        ("champion", {"log_loss": None}, None),
        ({"label": "champion", "metric": "auc"}, {"auc": 0.79}, None),
        ({"label": "champion", "metric": "auc"}, {"auc": 0.8}, 0.0),
        ({"label": "champion", "metric": "auc", "by": 0.05}, {"auc": 0.78}, 0.03),
        ({"label": "champion", "by": 0.1}, {"log_loss": 0.45}, 0.05),
    ],
)
def test_better_than_another_version(better_than: Any, its: dict[str, Any], by: float | None) -> None:
    gate = judge(require(better_than=better_than), "binary", GOOD, (3, GOOD.model_copy(update=its)))
    assert gate.compared is not None
    assert (gate.compared.version, gate.compared.label) == (3, "champion")
    assert gate.passed == (by is None)
    assert [miss.by for miss in gate.missed] == ([] if by is None else [pytest.approx(by)])


def missing_values(**by_share: float | None) -> MissingValues:
    """The log loss at each share; a name is the share in percent."""
    return MissingValues(
        rows=10,
        baseline=GOOD,
        mean_label=0.5,
        by_share=[
            MissingShare(
                share=int(name[1:]) / 100, metrics=GOOD.model_copy(update={"log_loss": loss}), mean_prediction=0.5
            )
            for name, loss in by_share.items()
        ],
        by_feature=[],
    )


@pytest.mark.parametrize(
    ("bounds", "by"),
    [
        ({"share": 0.3, "log_loss": {"max": 0.505}}, {}),
        ({"share": 0.3, "log_loss": {"max": 0.5}}, {"missing.log_loss.max": 0.005}),
        ({"share": 0.8, "log_loss": {"max": 0.5}}, {"missing.log_loss.max": 0.1}),
        ({"share": 0.8, "log_loss": {"max": 0.6}, "auc": {"min": 0.9}}, {"missing.auc.min": 0.1}),
    ],
)
def test_bounds_where_fields_are_missing(bounds: dict[str, Any], by: dict[str, float]) -> None:
    gate = judge(require(missing=bounds), "binary", GOOD, None, missing_values(_0=0.4, _30=0.505, _80=0.6))
    assert {miss.condition: miss.by for miss in gate.missed} == pytest.approx(by)
    assert gate.passed == (not by)
    assert all(miss.missing_share == bounds["share"] for miss in gate.missed)


def test_without_rows_a_bound_where_fields_are_missing_is_a_miss() -> None:
    gate = judge(require(missing={"share": 0.3, "log_loss": {"max": 0.5}}), "binary", NONE, None, None)
    assert (
        gate.reason
        == "log_loss with 30 % of the fields missing must be at most 0.5, and is undefined on this test split"
    )


def test_where_nothing_has_the_label_there_is_nothing_to_beat() -> None:
    gate = judge(require(better_than="champion"), "binary", GOOD, None)
    assert gate.passed
    assert gate.compared is None


def test_metrics_of_another_kind_of_label() -> None:
    with pytest.raises(InvalidRequest, match="have the metrics auc") as caught:
        check_metrics(require(rmse={"max": 1.0}), "binary")
    assert caught.value.pointer == "/require/rmse"
    with pytest.raises(InvalidRequest, match="have the metrics mae") as caught:
        check_metrics(require(missing={"share": 0.3, "log_loss": {"max": 0.5}}), "regression")
    assert caught.value.pointer == "/require/missing/log_loss"
    with pytest.raises(InvalidRequest) as caught:
        check_metrics(require(better_than={"label": "x", "metric": "auc"}), "regression")
    assert caught.value.pointer == "/require/better_than/metric"


def test_bounds_on_the_auc_of_single_classes() -> None:
    """Of a class without a row in the test split it is undefined, which is a miss."""
    found = [
        ClassAuc(name="a.b", rows=5, auc=0.9, interval=None),
        ClassAuc(name="c", rows=0, auc=None, interval=None),
    ]
    bounds = {"a.b": {"min": 0.95}, "c": {"min": 0.5}}
    gate = judge(require(class_auc=bounds), "multiclass", CLASSES, None, class_auc=found)
    assert [(miss.condition, miss.class_name, miss.received) for miss in gate.missed] == [
        ("class_auc.a.b.min", "a.b", 0.9),
        ("class_auc.c.min", "c", None),
    ]
    assert gate.reason.startswith("auc of class 'a.b' must be at least 0.95, and is 0.9")
    assert judge(require(class_auc={"a.b": {"min": 0.9}}), "multiclass", CLASSES, None, class_auc=found).passed


@pytest.mark.parametrize(
    ("kind", "classes", "message"),
    [("binary", [], "has no classes"), ("multiclass", ["a", 7], "its classes are a, 7. Received: 'b'")],
)
def test_a_bound_on_a_class_that_is_none_is_refused(kind: Any, classes: list[str | int], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        check_metrics(require(class_auc={"b": {"min": 0.9}}), kind, classes)
    assert caught.value.pointer == "/require/class_auc/b"


def test_bounds_on_the_means_over_folds() -> None:
    folds = CrossValidation(by="row", folds=[], metrics={"auc": fold_metric([0.7, 0.8])})
    asked = require(folds={"auc": {"min": 0.8}, "brier": {"max": 0.3}})
    gate = judge(asked, "binary", GOOD, None, folds=folds)
    assert {miss.condition: (miss.received, miss.by) for miss in gate.missed} == {
        "folds.auc.min": (pytest.approx(0.75), pytest.approx(0.05)),
        "folds.brier.max": (None, None),
    }
    assert "auc on average over the folds must be at least 0.8" in gate.reason
    assert judge(require(folds={"auc": {"min": 0.7}}), "binary", GOOD, None, folds=folds).passed
    with pytest.raises(InvalidRequest) as caught:
        check_metrics(require(folds={"rmse": {"max": 1}}), "binary")
    assert caught.value.pointer == "/require/folds/rmse"
    with pytest.raises(ValueError, match="at least one bound"):
        require(folds={})
