"""A training that was killed goes on after its last whole epoch, and comes to what it would have come to."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.live import finish, running, wait_for
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import run
from tests.modeling.training.test_train import left_behind
from tests.processes import descendants

from chassis.engine.engine import JobContext
from contracts.storage import Storage
from modeling.training.checkpoints import Checkpoints
from modeling.training.state_folders import board_folder, checkpoint_folder

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


def killed_in(epoch: int, seen: list[int]) -> Any:
    def tell(said: dict[str, Any]) -> None:
        if said["phase"] == "fit":
            seen.append(said["details"]["epoch"])
            if said["details"]["epoch"] >= epoch:  # not every epoch is told of: some last a few milliseconds
                raise Killed

    return tell


@pytest.mark.parametrize("request_", [DROPOUT, {**DROPOUT, "early_stopping": None, "network": {"kind": "linear"}}])
def test_a_killed_training_comes_to_what_an_uninterrupted_one_does(storage: Storage, request_: dict[str, Any]) -> None:
    publish(storage)
    whole = run(storage, {**request_, "model": "whole"}, JobContext.alone("whole"))
    first: list[int] = []
    with pytest.raises(Killed):
        run(storage, request_, JobContext.alone("job", tell=killed_in(4, first)))
    state = Path(storage.uri).parent / "state"
    assert (checkpoint_folder(state, "job") / "latest.json").exists()
    assert left_behind(storage) == [path for path in left_behind(storage) if "/whole/" in str(path)]
    second: list[int] = []
    found = run(storage, request_, JobContext.alone("job", attempt=2, tell=killed_in(99, second)))
    assert min(second) >= max(first), "no epoch is repeated"
    assert [record["epoch"] for record in found["history"]] == list(range(1, len(whole["history"]) + 1))
    for ours, theirs in zip(found["history"], whole["history"], strict=True):
        assert {name: value for name, value in ours.items() if value is not None} == pytest.approx(
            {name: value for name, value in theirs.items() if value is not None}, rel=1e-6
        )
    assert found["kept_epoch"] == whole["kept_epoch"]
    assert found["evaluation"]["test"]["log_loss"] == pytest.approx(whole["evaluation"]["test"]["log_loss"], rel=1e-6)
    assert not checkpoint_folder(state, "job").exists(), "it is gone once the job is done"


def test_a_checkpoint_of_another_training_is_not_used(tmp_path: Path) -> None:
    variables = [tf.Variable(tf.constant([1.0, math.nan])), tf.Variable(tf.constant(7, tf.int64))]
    Checkpoints(tmp_path, "this").write(3, variables, {"history": {}, "over": False}, None)
    saved = Checkpoints(tmp_path, "this").load()
    assert saved is not None
    assert saved.epochs == 3
    assert np.array_equal(saved.values[0], [1, math.nan], equal_nan=True)
    assert Checkpoints(tmp_path, "that").load() is None
    again = type(saved).from_bytes(saved.to_bytes())
    assert again.epochs == 3
    assert again.values[1] == 7
    (tmp_path / "epoch-00003.index").unlink()
    assert Checkpoints(tmp_path, "this").load() is None, "a damaged one costs time, not the job"
    assert Checkpoints(tmp_path / "nowhere", "this").load() is None


def test_the_latest_and_the_best_are_kept(tmp_path: Path) -> None:
    checkpoints, variable = Checkpoints(tmp_path, "x"), tf.Variable(tf.constant(0.0))
    for epochs in range(1, 5):
        variable.assign(float(epochs))
        checkpoints.write(epochs, [variable], {"history": {}, "over": False}, min(epochs, 2))
    saved = checkpoints.load()
    assert saved is not None
    assert saved.best is not None
    assert (saved.values[0], saved.best[0]) == (4, 2)
    assert {path.name.partition(".")[0] for path in tmp_path.glob("epoch-*")} == {"epoch-00002", "epoch-00004"}


def test_curves_are_written_for_tensorboard(storage: Storage) -> None:
    publish(storage, 100)
    found = run(storage, {"network": {"kind": "linear"}, "epochs": 2, "batch_size": 16}, JobContext.alone())
    folder = Path(found["tensorboard"])
    assert folder == board_folder(Path(storage.uri).parent / "state", "m", "job")
    curves: dict[str, dict[int, float]] = {}
    for kind in ("train", "validation"):
        for path in (folder / kind).glob("events.out.tfevents.*"):
            for event in tf.compat.v1.train.summary_iterator(str(path)):
                for value in event.summary.value:
                    assert value.metadata.plugin_data.plugin_name == "scalars"
                    curves.setdefault(f"{kind}/{value.tag}", {})[event.step] = float(tf.make_ndarray(value.tensor))
    assert curves["train/epoch_loss"][2] == pytest.approx(found["history"][1]["loss"])
    assert curves["validation/epoch_loss"][1] == pytest.approx(found["history"][0]["val_loss"])
    assert curves["train/learning_rate"].keys() == {1, 2}
    assert curves["train/examples_per_second"][1] > 0
    assert "train/batch_loss" in curves


def test_a_killed_engine_costs_an_attempt_and_no_epoch(storage: Storage, tmp_path: Path) -> None:
    publish(storage, 4000)
    request = {**DROPOUT, "model": "m", "dataset": "made", "epochs": 40, "early_stopping": None}
    with running(storage, tmp_path / "service") as client:
        reply = client.post("/v1/trainings", json=request)
        where = reply.headers["location"]

        def epoch() -> int:
            return client.get(where).json()["progress"].get("details", {}).get("epoch", 0)

        wait_for(lambda: epoch() >= 3)
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


def test_a_cancelled_training_leaves_no_checkpoint(storage: Storage, tmp_path: Path) -> None:
    publish(storage, 4000)
    request = {**DROPOUT, "model": "m", "dataset": "made", "epochs": 1000, "early_stopping": None}
    with running(storage, tmp_path / "service") as client:
        reply = client.post("/v1/trainings", json=request)
        folder = checkpoint_folder(tmp_path / "service", reply.json()["id"])
        wait_for((folder / "latest.json").exists)
        client.post(f"{reply.headers['location']}:cancel")
        job = finish(client, reply)
        wait_for(lambda: not folder.exists())
    assert job["state"] == "CANCELLED"
    assert not storage.exists("models/m")
