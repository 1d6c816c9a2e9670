"""Quality gates: conditions that cannot be are refused, and a miss is told in words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages.gates import BetterThan, Bound, Gate, Miss, Require


def require(**conditions: Any) -> Require:
    return Require.model_validate(conditions)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "at least one condition must be given"),
        ({"auc": None}, "at least one condition must be given"),
        ({"auc": {}}, "min or max must be given"),
        ({"auc": {"min": 0.9, "max": 0.1}}, r"min must not be above max\. Received: 0\.9 and 0\.1"),
        ({"auc": {"min": float("nan")}}, "finite"),
        ({"f2": {"min": 1}}, "Extra"),
        ({"better_than": "a b"}, "match pattern"),
        ({"better_than": {"label": "x", "by": -1}}, "greater than or equal to 0"),
        ({"better_than": {"label": "x", "metric": "f2"}}, "'auc'"),
        ({"better_than": 3}, "valid dictionary"),
        ({"missing": {"share": 0.3}}, "at least one bound of a metric must be given"),
        ({"missing": {"log_loss": {"max": 0.5}}}, "share\n.*required"),
        ({"missing": {"share": 30, "log_loss": {"max": 0.5}}}, "less than or equal to 1"),
        ({"missing": {"share": 0.3, "better_than": "x"}}, "Extra"),
    ],
)
def test_conditions_that_cannot_be_are_refused(conditions: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        require(**conditions)


def test_a_label_alone_stands_for_its_defaults() -> None:
    assert require(better_than="champion").better_than == BetterThan(label="champion", metric=None, by=0.0)
    assert require(better_than={"label": "champion"}) == require(better_than="champion")


def test_bounds_are_those_that_were_given() -> None:
    assert require(rmse={"max": 3}, auc={"min": 0.5, "max": 0.5}).bounds == {
        "auc": Bound(min=0.5, max=0.5),
        "rmse": Bound(max=3),
    }
    assert require(better_than="champion").bounds == {}


def test_a_request_survives_json() -> None:
    one = require(auc={"min": 0.7}, better_than="champion", missing={"share": 0.3, "log_loss": {"max": 0.5}})
    assert Require.model_validate_json(one.model_dump_json()) == one


MISSES = [
    (
        Miss(condition="auc.min", metric="auc", required=0.7, received=0.65, by=0.05),
        "auc must be at least 0.7, and is 0.65",
    ),
    (Miss(condition="rmse.max", metric="rmse", required=2, received=2.5, by=0.5), "rmse must be at most 2, and is 2.5"),
    (
        Miss(condition="better_than", metric="log_loss", required=0.4, received=0.4, by=0.0),
        "log_loss must be better than 0.4, and is 0.4, off by 0",
    ),
    (
        Miss(condition="auc.min", metric="auc", required=0.7, received=None, by=None),
        "and is undefined on this test split",
    ),
    (
        Miss(
            condition="missing.log_loss.max",
            metric="log_loss",
            missing_share=0.3,
            required=0.5,
            received=0.505,
            by=0.005,
        ),
        "log_loss with 30 % of the fields missing must be at most 0.5, and is 0.505, off by 0.005",
    ),
]


@pytest.mark.parametrize(("miss", "words"), MISSES)
def test_a_miss_in_words(miss: Miss, words: str) -> None:
    assert words in str(miss)


def test_a_gates_reason_joins_its_misses() -> None:
    misses = [miss for miss, _ in MISSES[:2]]
    assert Gate(passed=False, missed=misses, compared=None).reason == (
        "auc must be at least 0.7, and is 0.65, off by 0.05; rmse must be at most 2, and is 2.5, off by 0.5"
    )
    assert Gate(passed=True, missed=[], compared=None).reason == ""
