"""The first or last epoch is told of where it was kept, and what may help."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages.trainings import EpochRecord, TrainingRequest
from modeling.training.defaults import settled
from modeling.training.notes import training_notes


def notes(losses: list[float | None], kept: int, epochs: int = 5, *, stops: bool = True, **more: Any) -> list[str]:
    asked = {"model": "m", "dataset": "d", "epochs": epochs, **({} if stops else {"early_stopping": None}), **more}
    history = [EpochRecord(epoch=number + 1, val_loss=loss) for number, loss in enumerate(losses)]
    return training_notes(settled(TrainingRequest.model_validate(asked), 1000), history, kept)


def test_the_first_epoch_was_the_best() -> None:
    (note,) = notes([1.0, 2.0, 3.0, 4.0], 1)
    assert note.startswith("Epoch 1 of 4 was kept")
    assert "below 0.002" in note


def test_the_last_epoch_that_was_allowed_was_the_best() -> None:
    (note,) = notes([5.0, 4.0, 3.0, 2.0, 1.0], 5)
    assert note.startswith("The last of 5 epochs was kept")


def test_the_last_epoch_within_the_time_limit_was_the_best() -> None:
    (note,) = notes([3.0, 2.0], 2, time_limit=30)
    assert "A time_limit above 30 s" in note


@pytest.mark.parametrize(
    ("losses", "kept"), [([3.0, 1.0, 2.0], 2), ([1.0], 1), ([None, None], 2), ([3.0, 2.0, 1.0], 3)], ids=str
)
def test_nothing_else_is_told(losses: list[float | None], kept: int) -> None:
    assert notes(losses, kept) == []


def test_without_early_stopping_the_last_epoch_is_what_was_asked_for() -> None:
    assert notes([3.0, 2.0], 2, 2, stops=False) == []
