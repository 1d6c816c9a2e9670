from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.errors import Cancelled, NotFound, Superseded, UnusableLabel
from contracts.storage import Storage
from modeling.repository.folders import version_numbers

QUICK: dict[str, Any] = {"network": {"kind": "linear"}, "epochs": 2, "batch_size": 16}


def left_behind(storage: Storage) -> list[Path]:
    root = storage.local_path("models")
    assert root is not None
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("at", [0, 1])
def test_a_model_beats_the_baseline(trained: Trained, at: int) -> None:
    response = trained.responses[at]
    evaluation = response["evaluation"]
    assert response["version"] == at + 1
    assert evaluation["test"]["rows"] == len(trained.made.of("test"))
    assert evaluation["test"]["auc"] > 0.83
    assert evaluation["test"]["log_loss"] < evaluation["baseline"]["log_loss"] - 0.1
    assert evaluation["test"]["accuracy"] > evaluation["baseline"]["accuracy"] + 0.1
    assert evaluation["baseline"]["auc"] == 0.5
    assert [record["epoch"] for record in response["history"]] == [1, 2, 3, 4]
    assert response["history"][-1]["val_auc"] > 0.8
    assert response["history"][-1]["loss"] < response["history"][0]["loss"]


def test_progress_rises_to_the_end_and_says_the_loss(trained: Trained) -> None:
    fractions = [each["fraction"] for each in trained.progress]
    assert fractions == sorted(fractions)
    phases = [each["phase"] for each in trained.progress]
    assert list(dict.fromkeys(phases)) == ["open", "fit", "evaluate", "export", "publish"]
    last = [each for each in trained.progress if each["phase"] == "fit"][-1]
    assert last["details"].keys() >= {
        "epoch",
        "epochs",
        "loss",
        "auc",
        "val_loss",
        "examples_per_second",
        "seconds_left",
    }
    assert last["completedTasks"] <= last["totalTasks"] == 4 * -(-2000 // 64)


def test_the_same_seed_gives_the_same_metrics_from_records_and_from_the_raw_source(storage: Storage) -> None:
    rows, splits = make_rows(200), [(1, 1, 2, 3)[at % 4] for at in range(200)]
    found: list[dict[str, Any]] = []
    Made(rows, splits).publish(storage)
    Made(rows, splits, records="none", name="bare").publish(storage)
    for job, dataset in enumerate(["made", "made", "bare"]):
        context = JobContext.alone(f"job{job}")
        found.append(run(storage, {**QUICK, "epochs": 20, "dataset": dataset, "seed": 5}, context)["evaluation"])
    assert found[0] == found[1]
    assert found[2]["test"]["auc"] == pytest.approx(found[0]["test"]["auc"], abs=0.1)


def test_splits_without_rows(storage: Storage) -> None:
    Made(make_rows(40), [1] * 40).publish(storage)
    found = run(storage, QUICK, JobContext.alone())
    test = found["evaluation"]["test"]
    assert test == {
        "kind": "binary",
        "rows": 0,
        **dict.fromkeys(["auc", "pr_auc", "log_loss", "accuracy", "brier", "ece"]),
    }
    assert found["evaluation"]["intervals"] == {}
    assert "empty" in found["evaluation"]["note"]
    assert found["history"][0]["val_loss"] is None
    assert "NaN" not in json.dumps(found)


@pytest.mark.parametrize("splits", [[2], [1]])
def test_a_training_split_that_teaches_nothing(storage: Storage, splits: list[int]) -> None:
    rows = [{**row, "late": 1} for row in make_rows(20)]
    Made(rows, splits * 20).publish(storage)
    with pytest.raises(UnusableLabel):
        run(storage, QUICK, JobContext.alone())
    assert left_behind(storage) == []


def test_no_such_dataset(storage: Storage) -> None:
    with pytest.raises(NotFound, match="no dataset"):
        run(storage, QUICK, JobContext.alone())
    assert not storage.exists("models/m")


def test_cancel_leaves_nothing_behind(storage: Storage) -> None:
    Made(make_rows(200), [1] * 200).publish(storage)
    context = JobContext.alone(tell=lambda said: context.cancel() if said["phase"] == "fit" else None)
    with pytest.raises(Cancelled):
        run(storage, {**QUICK, "epochs": 1000}, context)
    assert not storage.exists("models/m")


def test_an_attempt_that_was_overtaken_publishes_nothing(storage: Storage) -> None:
    Made(make_rows(40), [1] * 40).publish(storage)
    context = JobContext("job", 1, tell=lambda _: None, ask_fence=lambda: "superseded")
    with pytest.raises(Superseded):
        run(storage, QUICK, context)
    assert not storage.exists("models/m")


def test_an_attempt_after_one_that_published_gives_the_same_version(trained: Trained) -> None:
    again = run(trained.storage, QUICK, JobContext.alone("first"))
    assert again == trained.responses[0]
    assert version_numbers(trained.storage, "m") == [1, 2]
