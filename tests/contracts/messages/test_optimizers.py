"""Specifications of optimizers, schedules and early stopping: a kind alone stands for its defaults."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.messages.optimizers import (
    Adagrad,
    Adam,
    ConstantSchedule,
    Cosine,
    EarlyStopping,
    Exponential,
    Ftrl,
    OptimizerSpec,
    ScheduleSpec,
    Sgd,
    Step,
)

OPTIMIZER: TypeAdapter[Any] = TypeAdapter(OptimizerSpec)
SCHEDULE: TypeAdapter[Any] = TypeAdapter(ScheduleSpec)
SPECS = [(OPTIMIZER, kind) for kind in (Adam, Adagrad, Sgd, Ftrl)] + [
    (SCHEDULE, kind) for kind in (ConstantSchedule, Cosine, Exponential, Step)
]


@pytest.mark.parametrize(("adapter", "kind"), SPECS)
def test_a_kind_alone_stands_for_its_defaults(adapter: TypeAdapter[Any], kind: type[Any]) -> None:
    name = kind.model_json_schema()["properties"]["kind"]["const"]
    spec = adapter.validate_python(name)
    assert spec == kind(kind=name)
    assert adapter.validate_python({"kind": name}) == spec
    assert adapter.validate_json(spec.model_dump_json()) == spec
    for example in kind.model_json_schema().get("examples", []):
        assert adapter.validate_python(example).model_dump(exclude_unset=True) == example


@pytest.mark.parametrize(
    ("adapter", "spec", "message"),
    [
        (OPTIMIZER, "lion", "'adam', 'adagrad', 'sgd', 'ftrl'"),
        (OPTIMIZER, 3, "valid dictionary|Unable to extract tag"),
        (OPTIMIZER, {"kind": "adam", "beta_1": 1}, "less than 1"),
        (OPTIMIZER, {"kind": "adam", "epsilon": 0}, "greater than 0"),
        (OPTIMIZER, {"kind": "adagrad", "initial_accumulator": -0.1}, "greater than or equal to 0"),
        (OPTIMIZER, {"kind": "sgd", "momentum": 1.0}, "less than 1"),
        (OPTIMIZER, {"kind": "sgd", "l1": 0.1}, "Extra"),
        (OPTIMIZER, {"kind": "ftrl", "initial_accumulator": 0}, "greater than 0"),
        (SCHEDULE, "linear", "'constant', 'cosine', 'exponential', 'step'"),
        (SCHEDULE, {"kind": "constant", "warmup_epochs": -1}, "greater than or equal to 0"),
        (SCHEDULE, {"kind": "cosine", "final": 1.1}, "less than or equal to 1"),
        (SCHEDULE, {"kind": "step", "factor": 0}, "greater than 0"),
        (SCHEDULE, {"kind": "exponential", "epochs": 0}, "greater than 0"),
    ],
)
def test_a_specification_that_cannot_be_is_refused(adapter: TypeAdapter[Any], spec: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        adapter.validate_python(spec)


def test_early_stopping_waits_for_an_epoch_at_least() -> None:
    assert EarlyStopping().patience is None
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        EarlyStopping(patience=0)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        EarlyStopping(min_delta=-1e-9)
