from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.messages.optimizers import Plateau, ScheduleSpec
from contracts.messages.trainings import WARM_COSINE
from modeling.optimization.schedules import Schedule

STEPS, EPOCHS = 10, 4


def rates(spec: Any, steps: list[int]) -> list[float]:
    found = TypeAdapter[ScheduleSpec](ScheduleSpec).validate_python(spec)
    schedule = Schedule(found, 0.5, STEPS, EPOCHS)
    return [float(schedule(step)) for step in steps]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("constant", {0: 0.5, 39: 0.5}),
        ({"kind": "constant", "warmup_epochs": 1.0}, {0: 0.05, 4: 0.25, 9: 0.5, 10: 0.5}),
        ({"kind": "cosine", "final": 0.1}, {0: 0.5, 20: 0.275, 40: 0.05, 100: 0.05}),
        ({"kind": "cosine", "final": 0.0, "warmup_epochs": 0.5}, {1: 0.2 * (1 + math.cos(math.pi / 40)) / 2, 20: 0.25}),
        ({"kind": "exponential", "factor": 0.25, "epochs": 2}, {0: 0.5, 10: 0.25, 20: 0.125}),
        ({"kind": "step", "factor": 0.1, "epochs": 1}, {0: 0.5, 9: 0.5, 10: 0.05, 19: 0.05, 20: 0.005}),
    ],
    ids=str,
)
def test_the_rate_of_each_step(spec: Any, expected: dict[int, float]) -> None:
    assert rates(spec, list(expected)) == pytest.approx(list(expected.values()), rel=1e-5)


def test_reductions_of_a_plateau() -> None:
    schedule = Schedule(Plateau(kind="plateau", factor=0.5, reductions=3, warmup_epochs=1), 0.5, STEPS, EPOCHS)
    assert schedule.most_reductions == 3
    assert [float(schedule(step)) for step in (4, 9, 39)] == [0.25, 0.5, 0.5]
    schedule.reduce(2)
    assert [float(schedule(step)) for step in (4, 39)] == [0.0625, 0.125]
    assert Schedule(WARM_COSINE, 0.5, STEPS, EPOCHS).most_reductions == 0


def test_a_factor_above_one_is_no_decay() -> None:
    with pytest.raises(ValidationError):
        rates({"kind": "step", "factor": 2.0}, [])
