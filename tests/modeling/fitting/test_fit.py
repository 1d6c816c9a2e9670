"""Whole trainings: seeds that repeat, and stopping when there is nothing more to learn."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.trained import run
from tests.modeling.training.test_train import QUICK, left_behind

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.messages.trainings import TrainingRequest
from contracts.schema import Numeric
from contracts.storage import Storage
from modeling.distributed.devices import Devices
from modeling.distributed.worker_rows import WorkerRows
from modeling.fitting.fit import FitContext, fit, steps_at_once
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.label_kinds.base import TrainingLabels
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.repository.versions import read_manifest
from modeling.training.defaults import settled

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


def test_a_loss_that_runs_away_is_the_requests_fault(storage: Storage) -> None:
    rows = [{**row, "class": 1e30 * (1 + at % 2)} for at, row in enumerate(make_rows(60))]
    features = {**SCHEMA.features, "class": Numeric(dtype="float64", scale="none")}
    Made(rows, [1] * 60, schema=SCHEMA.model_copy(update={"features": features})).publish(storage)
    with pytest.raises(InvalidRequest, match="smaller learning rate") as caught:
        run(storage, {**QUICK, "optimizer": "sgd", "learning_rate": 100}, JobContext.alone())
    assert caught.value.pointer == "/learning_rate"
    assert left_behind(storage) == []


def test_fewer_rows_than_devices_are_the_requests_fault(storage: Storage) -> None:
    made = Made(make_rows(3), [1] * 3)
    dataset = made.publish(storage)
    request = settled(TrainingRequest.model_validate({"model": "m", "dataset": "made", **DEEP}), 3)
    model_inputs = ModelInputs(made.schema, made.statistics, made.vocabularies)
    network = build_network(request.network, Inputs(model_inputs.number_width, model_inputs.named_sizes))
    devices = FitContext(devices=Devices(share=WorkerRows(0, 2, 2)))
    with (
        open_pipeline(dataset, model_inputs, []) as pipeline,
        pytest.raises(InvalidRequest, match="3 training rows cannot be divided among 4 devices") as caught,
    ):
        fit(network, pipeline, Target("binary", TrainingLabels(0.5)), request, devices, lambda: network)
    assert caught.value.pointer == "/dataset"


@pytest.mark.parametrize(
    ("steps", "batch_size", "at_once"),
    [
        (1, 32, 1),
        (16, 32, 16),
        (17, 32, 1),
        (32, 32, 16),
        (30, 32, 15),
        (18, 512, 9),
        (48, 512, 16),
        (48, 513, 12),
        (48, 1024, 8),
        (10, 4096, 2),
        (10, 4097, 1),
        (10, 100_000, 1),
    ],
)
def test_steps_run_together_up_to_16_and_8192_rows(steps: int, batch_size: int, at_once: int) -> None:
    assert steps_at_once(steps, batch_size) == at_once


def test_steps_that_run_together_are_the_largest_divisor_within_the_limits() -> None:
    for steps in range(1, 200):
        for batch_size in (1, 100, 700, 3000, 9000):
            allowed = [n for n in range(1, 17) if steps % n == 0 and (n == 1 or n * batch_size <= 8192)]
            assert steps_at_once(steps, batch_size) == max(allowed)
