"""A training that was killed goes on after its last whole epoch, and comes to what it would have come to."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.live import finish, running
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import run
from tests.modeling.training.test_train import left_behind
from tests.processes import descendants, wait_until

from chassis.engine.engine import JobContext
from contracts.messages.optimizers import EarlyStopping
from contracts.messages.trainings import WARM_COSINE
from contracts.storage import Storage
from modeling.distributed.devices import ONE
from modeling.fitting.checkpoint_callback import KeepState, saved_everywhere, state_of
from modeling.fitting.checkpoints import Checkpoints
from modeling.fitting.stopping import Stopping
from modeling.optimization.schedules import Schedule
from modeling.training.state_folders import checkpoint_folder

DROPOUT: dict[str, Any] = {
    "network": {"kind": "dnn", "hidden": [16], "dropout": 0.3},
    "epochs": 6,
    "batch_size": 32,
    "seed": 3,
    "early_stopping": {"patience": 2},
    "learning_rate": 0.05,
}


class Killed(BaseException):
    """As if the process had ended here."""


def publish(storage: Storage, count: int = 600) -> None:
    Made(make_rows(count), [(1, 1, 2, 3)[at % 4] for at in range(count)]).publish(storage)


class KilledAfter(JobContext):
    """A job's context whose training ends, as if its process had, in the first step behind so many whole epochs."""

    def __init__(self, state: Path, epochs: int, job_id: str = "job") -> None:
        super().__init__(job_id, 1, tell=lambda _: None, ask_fence=lambda: "go")
        self._latest = checkpoint_folder(state, job_id) / "latest.json"
        self._epochs = epochs

    def check(self) -> None:
        super().check()
        if self._latest.exists() and json.loads(self._latest.read_bytes())["epochs"] >= self._epochs:
            raise Killed


REDUCED: dict[str, Any] = {
    **DROPOUT,
    "network": {"kind": "tabm", "members": 2, "hidden": [16], "dropout": 0.3},
    "epochs": 12,
    "early_stopping": {"patience": 1},
    "schedule": "plateau",
}


@pytest.mark.parametrize(
    "request_", [DROPOUT, {**DROPOUT, "early_stopping": None, "network": {"kind": "linear"}}, REDUCED]
)
def test_a_killed_training_comes_to_what_an_uninterrupted_one_does(
    storage: Storage, request_: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    publish(storage)
    whole = run(storage, {**request_, "model": "whole"}, JobContext.alone("whole"))
    state = Path(storage.uri).parent / "state"
    with pytest.raises(Killed):
        run(storage, request_, KilledAfter(state, 3))
    assert (checkpoint_folder(state, "job") / "latest.json").exists()
    assert left_behind(storage) == [path for path in left_behind(storage) if "/whole/" in str(path)]
    with caplog.at_level("INFO", logger="modeling"):
        found = run(storage, request_, JobContext.alone("job", attempt=2))
    assert "resuming after epoch 3, from its checkpoint" in caplog.messages
    assert [record["epoch"] for record in found["history"]] == list(range(1, len(whole["history"]) + 1))
    for ours, theirs in zip(found["history"], whole["history"], strict=True):
        assert {name: value for name, value in ours.items() if value is not None} == pytest.approx(
            {name: value for name, value in theirs.items() if value is not None}, rel=1e-6
        )
    assert found["kept_epoch"] == whole["kept_epoch"]
    assert found["evaluation"]["test"]["log_loss"] == pytest.approx(whole["evaluation"]["test"]["log_loss"], rel=1e-6)
    assert not checkpoint_folder(state, "job").exists(), "it is gone once the job is done"


def test_the_epoch_in_which_the_time_limit_passes_is_the_last_and_attempts_add_up(storage: Storage) -> None:
    publish(storage)
    limited = {**DROPOUT, "time_limit": 1e-3}
    alone = run(storage, {**limited, "model": "alone"}, JobContext.alone("alone"))
    assert [record["epoch"] for record in alone["history"]] == [1]
    assert alone["kept_epoch"] == 1
    free = {**DROPOUT, "time_limit": 1e6}
    assert len(run(storage, {**free, "model": "free"}, JobContext.alone("free"))["history"]) > 1
    state = Path(storage.uri).parent / "state"
    with pytest.raises(Killed):
        run(storage, free, KilledAfter(state, 3))
    saved = json.loads((checkpoint_folder(state, "job") / "latest.json").read_bytes())
    assert 0 < saved["notes"]["seconds"] < 1e3
    latest = checkpoint_folder(state, "job") / "latest.json"
    latest.write_text(json.dumps({**saved, "notes": {**saved["notes"], "seconds": 2e6}}))
    found = run(storage, free, JobContext.alone("job", attempt=2))
    assert len(found["history"]) == saved["epochs"] + 1


def test_a_killed_engine_costs_an_attempt_and_no_epoch(storage: Storage, tmp_path: Path) -> None:
    publish(storage, 4000)
    request = {**DROPOUT, "model": "m", "dataset": "made", "epochs": 40, "early_stopping": None}
    with running(storage, tmp_path / "service") as client:
        reply = client.post("/v1/trainings", json=request)
        where = reply.headers["location"]

        def epoch() -> int:
            return client.get(where).json()["progress"].get("details", {}).get("epoch", 0)

        wait_until(lambda: epoch() >= 3)
        descendants(client.process, "chassis.engine.child")[-1].kill()
        job = finish(client, reply)
        log = client.get(f"{where}/log").text
    assert job["state"] == "SUCCEEDED", job["error"]
    assert job["attempt"] == 2
    assert [record["epoch"] for record in job["response"]["history"]] == list(range(1, 41))
    assert "resuming after epoch" in log
    assert job["response"]["tensorboard"] in log
    assert list(Path(job["response"]["tensorboard"]).rglob("events.*"))
    assert not checkpoint_folder(tmp_path / "service", job["id"]).exists()
    assert "NaN" not in json.dumps(job)


@pytest.mark.long
def test_an_engine_killed_at_any_moment_costs_an_attempt_alone(storage: Storage, tmp_path: Path) -> None:
    publish(storage)
    request = {**DROPOUT, "dataset": "made", "epochs": 8, "early_stopping": None}
    draw, phases = random.Random(7), ["open", "fit", "evaluate", "export", "publish"]
    with running(storage, tmp_path / "service") as client:
        for number in range(30):
            reply = client.post("/v1/trainings", json={**request, "model": f"m{number}"})
            where, first = reply.headers["location"], draw.randrange(len(phases))

            def is_there(where: str = where, first: int = first) -> bool:
                job = client.get(where).json()
                phase = (job["progress"] or {}).get("phase")
                return job["state"] == "SUCCEEDED" or (phase in phases and phases.index(phase) >= first)

            wait_until(is_there)
            time.sleep(draw.uniform(0, 0.6))
            for engine in descendants(client.process, "chassis.engine.child")[-1:]:
                engine.kill()
            job = finish(client, reply)
            assert job["state"] == "SUCCEEDED", (number, first, job["error"])
            assert [record["epoch"] for record in job["response"]["history"]] == list(range(1, 9))
            assert client.get(f"/v1/models/m{number}").json()["versions"]
            assert not checkpoint_folder(tmp_path / "service", job["id"]).exists()


def test_a_cancelled_training_leaves_no_checkpoint(storage: Storage, tmp_path: Path) -> None:
    publish(storage, 4000)
    request = {**DROPOUT, "model": "m", "dataset": "made", "epochs": 1000, "early_stopping": None}
    with running(storage, tmp_path / "service") as client:
        reply = client.post("/v1/trainings", json=request)
        folder = checkpoint_folder(tmp_path / "service", reply.json()["id"])
        wait_until((folder / "latest.json").exists)
        client.post(f"{reply.headers['location']}:cancel")
        job = finish(client, reply)
        wait_until(lambda: not folder.exists())
    assert job["state"] == "CANCELLED"
    assert not storage.exists("models/m")


def stopping_of(patience: int) -> Any:
    return Stopping(EarlyStopping(patience=patience), Schedule(WARM_COSINE, 0.1, 10, 10))


def small_network() -> Any:
    network: Any = keras.Sequential([keras.layers.Dense(2), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    network.build((None, 3))
    network.compile(keras.optimizers.Adam(0.1), loss="mse")
    return network


def after_an_epoch(checkpoints: Checkpoints, losses: list[float], patience: int) -> tuple[Any, Any]:
    """A network, whose state is like no other's, and its early stopping, after an epoch for each loss."""
    network = small_network()
    stopping = stopping_of(patience)
    kept = KeepState(checkpoints, stopping, None)
    for callback in (stopping, kept):
        callback.set_model(network)
        callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        for number, value in enumerate(state_of(network)):
            value.assign(tf.fill(value.shape, tf.cast(100 * epoch + number, value.dtype)))
        stopping.on_epoch_end(epoch, {"val_loss": loss})
        kept.on_epoch_end(epoch, {"val_loss": loss})
    return network, stopping


def test_weights_optimizer_seeds_and_early_stopping_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "x")
    interrupted, stopped = after_an_epoch(checkpoints, [3.0, 1.0, 2.0], patience=5)
    saved = saved_everywhere(ONE, checkpoints)
    network = small_network()
    stopping: Any = stopping_of(5)
    resumed = KeepState(checkpoints, stopping, saved)
    assert (resumed.first_epoch, resumed.is_over, resumed.history) == (3, False, {"val_loss": [3.0, 1.0, 2.0]})
    resumed.restore(network)
    for callback in (stopping, resumed):
        callback.set_model(network)
        callback.on_train_begin()
    states = [[value.numpy() for value in state_of(each)] for each in (network, interrupted)]
    assert len(states[0]) > len(network.weights) + 1, "also the seed of dropout, and the optimizer's"
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(*states, strict=True))
    assert (stopping.wait, stopping.best, stopping.best_epoch) == (1, 1.0, 1)
    for ours, theirs in zip(stopping.best_weights, stopped.best_weights, strict=True):
        assert np.array_equal(ours, theirs)
    stopping.on_epoch_end(3, {"val_loss": 0.5})
    assert stopping.best_epoch == 3


def test_a_training_that_early_stopping_ended_is_over(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "x")
    after_an_epoch(checkpoints, [1.0, 2.0, 3.0], patience=2)
    assert KeepState(checkpoints, None, checkpoints.load()).is_over


def test_without_checkpoints_curves_are_kept_and_nothing_is_written() -> None:
    assert saved_everywhere(ONE, None) is None
    kept, network = KeepState(None, None, None), small_network()
    before = network.get_weights()
    kept.restore(network)
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(network.get_weights(), before, strict=True))
    kept.on_epoch_end(0, {"loss": 0.5})
    kept.on_epoch_end(1, {"loss": np.float32(0.25)})
    assert kept.history == {"loss": [0.5, 0.25]}
