"""One training on two processes: as good as on one, no row lost, and everyone gets over the loss of anyone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.modeling.live import finish, running
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import run
from tests.processes import descendants, wait_until
from tests.system.servers import free_port

from chassis.engine.engine import JobContext
from contracts.storage import Storage

REQUEST: dict[str, Any] = {
    "model": "m",
    "dataset": "made",
    "network": {"kind": "dnn", "hidden": [16]},
    "epochs": 4,
    "batch_size": 64,
    "learning_rate": 0.01,
    "seed": 3,
}


@contextmanager
def cluster(storage: Storage, folder: Path) -> Generator[tuple[httpx.Client, int]]:
    """A client of the chief's service, and the worker's process."""
    tasks = {"chief": [f"127.0.0.1:{free_port()}"], "worker": [f"127.0.0.1:{free_port()}"]}

    def config(kind: str) -> str:
        return json.dumps({"cluster": tasks, "task": {"type": kind, "index": 0}})

    environment = {**os.environ, "TF_CONFIG": config("worker"), "TANDEM_STORAGE": storage.uri}
    environment |= {"TANDEM_SOURCE_ROOTS": str(folder)}
    folder.mkdir(parents=True)
    with (folder / "worker.log").open("wb") as log, pytest.MonkeyPatch.context() as patch:
        worker = subprocess.Popen([sys.executable, "-m", "modeling.worker"], env=environment, stdout=log, stderr=log)
        patch.setenv("TF_CONFIG", config("chief"))
        try:
            with running(storage, folder) as client:
                yield client, worker.pid
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0, (folder / "worker.log").read_text()


def epoch_of(client: httpx.Client, where: str) -> int:
    return client.get(where).json()["progress"].get("details", {}).get("epoch", 0)


@pytest.mark.long
def test_two_processes_train_as_well_as_one(storage: Storage, tmp_path: Path) -> None:
    count = 3001
    Made(make_rows(count), [(1, 1, 1, 1, 2, 3)[at % 6] for at in range(count)], split_rule=None).publish(storage)
    alone = run(storage, {**REQUEST, "model": "alone"}, JobContext.alone("alone"))
    with cluster(storage, tmp_path / "service") as (client, worker):
        job = finish(client, client.post("/v1/trainings", json=REQUEST))
        assert job["state"] == "SUCCEEDED", job["error"]
        together = job["response"]
        assert together["evaluation"]["test"]["auc"] == pytest.approx(alone["evaluation"]["test"]["auc"], abs=0.02)
        assert together["history"][-1]["val_loss"] == pytest.approx(alone["history"][-1]["val_loss"], abs=0.03)

        # folds are trained together, too, one after another, and the version is as without them
        alone = run(storage, {**REQUEST, "model": "alone", "folds": 2}, JobContext.alone("folds"))
        job = finish(client, client.post("/v1/trainings", json={**REQUEST, "folds": 2}))
        assert job["state"] == "SUCCEEDED", job["error"]
        means = [
            response["evaluation"]["cross_validation"]["metrics"]["auc"]["mean"]
            for response in (alone, job["response"])
        ]
        assert means[0] == pytest.approx(means[1], abs=0.02)
        auc = job["response"]["evaluation"]["test"]["auc"]
        assert auc == pytest.approx(together["evaluation"]["test"]["auc"], abs=0.005)

        # a cancelled training leaves the cluster whole: the next one runs in the same processes
        before = descendants(worker)
        reply = client.post("/v1/trainings", json={**REQUEST, "epochs": 1000, "early_stopping": None})
        where = reply.headers["location"]
        wait_until(lambda: epoch_of(client, where) >= 2)
        client.post(f"{where}:cancel")
        assert finish(client, reply)["state"] == "CANCELLED"
        assert descendants(worker) == before

        # a lost worker costs an attempt, and no whole epoch
        reply = client.post("/v1/trainings", json={**REQUEST, "epochs": 30, "early_stopping": None})
        where = reply.headers["location"]
        wait_until(lambda: epoch_of(client, where) >= 3)
        descendants(worker)[0].kill()
        job = finish(client, reply)
        assert job["state"] == "SUCCEEDED", job["error"]
        assert job["attempt"] > 1
        assert [record["epoch"] for record in job["response"]["history"]] == list(range(1, 31))
