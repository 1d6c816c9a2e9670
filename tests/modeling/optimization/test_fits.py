"""Whole trainings: seeds that repeat, and stopping when there is nothing more to learn."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.storage import Storage
from modeling.repository.versions import read_manifest

DEEP: dict[str, Any] = {"network": {"kind": "dnn", "hidden": [16, 8], "dropout": 0.2}, "epochs": 2, "batch_size": 32}


@pytest.fixture
def made(storage: Storage) -> Made:
    made = Made(make_rows(600), [(1, 1, 2, 3)[at % 4] for at in range(600)])
    made.publish(storage)
    return made


def _train(uri: str, results: Any) -> None:
    seeds = enumerate([3, 3, 4])
    results.put([run(Storage(uri), {**DEEP, "seed": seed}, JobContext.alone(f"job{at}")) for at, seed in seeds])


@pytest.mark.usefixtures("made")
def test_the_same_request_gives_the_same_weights_and_another_seed_does_not(storage: Storage) -> None:
    # In a process of its own, as trainings have: TensorFlow's seeds are the process's, and other tests draw from them.
    processes = multiprocessing.get_context("spawn")
    results = processes.Queue()
    training = processes.Process(target=_train, args=(storage.uri, results))
    training.start()
    found = results.get(timeout=200)
    training.join()
    weights = [
        {name: file.sha256 for name, file in read_manifest(storage, "m", at).files.items() if ".data-" in name}
        for at in (1, 2, 3)
    ]
    assert weights[0]
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]
    assert found[0]["history"] == found[1]["history"]
    assert found[0]["evaluation"] == found[1]["evaluation"]


@pytest.mark.usefixtures("made")
def test_training_stops_when_validation_gets_no_better_and_keeps_the_best_epoch(storage: Storage) -> None:
    # Far too many epochs at far too high a rate: the rows are learned by heart.
    request = {
        **DEEP,
        "network": {"kind": "dnn", "hidden": [64, 64]},
        "epochs": 60,
        "learning_rate": 0.02,
        "schedule": "constant",
        "early_stopping": {"patience": 4},
    }
    found = run(storage, request, JobContext.alone("stopped"))
    losses = [record["val_loss"] for record in found["history"]]
    best = losses.index(min(losses)) + 1
    assert found["kept_epoch"] == best
    assert len(losses) == best + 4 < 60
    # The same without stopping, up to that epoch, has the same weights.
    again = run(storage, {**request, "epochs": best, "early_stopping": None}, JobContext.alone("again"))
    assert again["kept_epoch"] == best
    assert again["evaluation"] == found["evaluation"]


@pytest.mark.usefixtures("made")
def test_without_early_stopping_the_last_epoch_is_kept(storage: Storage) -> None:
    found = run(storage, {**DEEP, "early_stopping": None, "epochs": 3}, JobContext.alone())
    assert (found["kept_epoch"], len(found["history"])) == (3, 3)
    assert read_manifest(storage, "m", 1).request.early_stopping is None


@pytest.mark.usefixtures("made")
def test_what_was_left_open_is_in_the_manifest(storage: Storage) -> None:
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())
    found = read_manifest(storage, "m", 1).request
    assert (found.batch_size, found.learning_rate) == (32, 0.1)
    assert found.optimizer is not None
    assert found.optimizer.kind == "ftrl"
