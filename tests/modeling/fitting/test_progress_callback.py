"""What a training's job reports while it fits, and how a cancelled one ends."""

from __future__ import annotations

import math
from typing import Any

import pytest

from chassis.engine.engine import JobContext
from contracts.errors import Cancelled
from modeling.fitting import progress_callback
from modeling.fitting.progress_callback import FIT, Reporter


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the job's process is sent, without any throttle."""
    monkeypatch.setattr(progress_callback, "_SECONDS_BETWEEN_REPORTS", 0.0)
    monkeypatch.setattr("chassis.engine.engine._SECONDS_BETWEEN_REPORTS", 0.0)
    return []


def reporter(reports: list[dict[str, Any]], **more: Any) -> Reporter:
    context = JobContext.alone(tell=reports.append)
    options: dict[str, Any] = {"epochs": 4, "rows": 100, "steps": 10, **more}
    return Reporter(context, **options)


def test_progress_counts_steps_of_all_epochs_between_opening_and_evaluation(reports: list[dict[str, Any]]) -> None:
    callback = reporter(reports)
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(4, {"loss": 0.5})
    callback.on_train_batch_end(9, {"loss": 0.25})
    callback.on_epoch_end(0, {"loss": 0.125, "val_loss": 0.75})
    callback.on_epoch_begin(3)
    callback.on_epoch_end(3, {"loss": 0.1234567})
    assert [report["phase"] for report in reports] == ["fit"] * 4
    assert [report["completedTasks"] for report in reports] == [5, 10, 10, 40]
    assert {report["totalTasks"] for report in reports} == {40}
    assert [report["fraction"] for report in reports] == pytest.approx([0.13, 0.24, 0.24, 0.9])
    details = [report["details"] for report in reports]
    assert [each["epoch"] for each in details] == [1, 1, 1, 4]
    assert [each["loss"] for each in details] == [0.5, 0.25, 0.125, 0.123457]
    assert details[-1]["seconds_left"] == 0
    assert all(each["examples_per_second"] > 0 for each in details)


def test_validation_figures_stay_during_the_next_epoch(reports: list[dict[str, Any]]) -> None:
    callback = reporter(reports)
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": 0.5})
    callback.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    callback.on_epoch_begin(1)
    callback.on_train_batch_end(0, {"loss": 0.25})
    assert ["val_loss" in report["details"] for report in reports] == [False, True, True]
    assert reports[-1]["details"]["val_loss"] == 0.75


def test_a_resumed_training_measures_this_attempts_speed(reports: list[dict[str, Any]]) -> None:
    callback = reporter(reports, first_epoch=2)
    callback.on_epoch_begin(2)
    callback.on_epoch_end(2, {"loss": 0.5})
    assert reports[0]["completedTasks"] == 30
    assert reports[0]["fraction"] == pytest.approx(0.02 + 0.88 * 0.75)
    assert math.isfinite(reports[0]["details"]["seconds_left"])


def test_reports_are_throttled_and_the_end_of_an_epoch_is_not() -> None:
    reports: list[dict[str, Any]] = []
    callback = reporter(reports, steps=10_000)
    callback._context.progress("open", 0.0)
    callback.on_epoch_begin(0)
    for batch in range(100):
        callback.on_train_batch_end(batch, {"loss": 0.5})
    assert len(reports) < 5


def test_a_cancelled_job_ends_in_training_and_in_validation(reports: list[dict[str, Any]]) -> None:
    callback = reporter(reports)
    callback.on_epoch_begin(0)
    callback.on_test_batch_end(0)
    callback._context.cancel()
    for end in (callback.on_train_batch_end, callback.on_test_batch_end):
        with pytest.raises(Cancelled):
            end(0)
    with pytest.raises(Cancelled):
        callback.on_epoch_end(0, {"loss": 0.5})


def test_where_others_train_too_a_cancelled_job_does_not_leave_alone(reports: list[dict[str, Any]]) -> None:
    callback = reporter(reports, leaves_alone=False)
    callback.on_epoch_begin(0)
    callback._context.cancel()
    callback.on_train_batch_end(0, {"loss": 0.5})
    callback.on_test_batch_end(0)
    callback.on_epoch_end(0, {"loss": 0.5})
    assert reports == []


def test_a_fit_that_others_follow_reports_its_part_of_the_job(reports: list[dict[str, Any]]) -> None:
    for index in range(2):
        callback = reporter(reports, phase=FIT.part(index, 2, f"fit {index}"))
        callback.on_epoch_begin(1)
        callback.on_epoch_end(1, {"loss": 0.5})
    assert [report["phase"] for report in reports] == ["fit 0", "fit 1"]
    assert [report["fraction"] for report in reports] == pytest.approx([0.24, 0.68])
    assert [report["details"]["seconds_left"] is None for report in reports] == [True, False]
