"""Aims of a threshold, as a training request spells them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.messages.trainings import TrainingRequest
from contracts.messages.tuning.thresholds import CostAim, F1Aim, FixedThreshold, PrecisionAim, ThresholdSpec

SPEC: TypeAdapter[Any] = TypeAdapter(ThresholdSpec)


def test_a_kind_alone_and_a_number_are_short_for_objects() -> None:
    assert SPEC.validate_python("f1") == F1Aim(kind="f1")
    assert SPEC.validate_python(0.3) == FixedThreshold(kind="fixed", value=0.3)
    assert SPEC.validate_python(1) == FixedThreshold(kind="fixed", value=1.0)
    costs = {"kind": "cost", "false_positive": 1, "false_negative": 5}
    assert SPEC.validate_python(costs) == CostAim(kind="cost", false_positive=1, false_negative=5)
    assert SPEC.validate_json('{"kind": "precision", "at_least": 0.9}') == PrecisionAim(kind="precision", at_least=0.9)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        -0.1,
        True,
        "cost",
        "accuracy",
        {"kind": "cost", "false_positive": 1},
        {"kind": "cost", "false_positive": 0, "false_negative": 1},
        {"kind": "precision", "at_least": 0},
        {"kind": "precision", "at_least": 1.1},
        {"kind": "fixed", "value": float("nan")},
    ],
)
def test_other_aims_are_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TrainingRequest.model_validate({"model": "m", "dataset": "d", "threshold": value})


def test_the_request_keeps_its_aim() -> None:
    request = TrainingRequest.model_validate({"model": "m", "dataset": "d", "threshold": 0.25})
    again = TrainingRequest.model_validate_json(request.model_dump_json())
    assert again.threshold == FixedThreshold(kind="fixed", value=0.25)
    assert TrainingRequest(model="m", dataset="d").threshold is None
