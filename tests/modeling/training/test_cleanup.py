"""What killed jobs of the modeling service left goes, in the storage and in the state folder; what is published answers on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.modeling.trained import Trained

from chassis.cleanup import JobCleanupPolicy
from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from chassis.jobs.job import Job, Progress
from chassis.jobs.worker_store import JobWorkerStore
from contracts.messages.jobs import State
from contracts.storage import Storage
from modeling.job_kinds import KINDS
from modeling.repository.folders import version_numbers
from modeling.repository.labels import read_labels
from modeling.repository.versions import checked_folder, read_manifest
from modeling.settings import ModelingSettings


@pytest.fixture
def storage(trained: Trained, tmp_path: Path) -> Storage:
    shutil.copytree(trained.storage.uri, tmp_path / "storage")
    return Storage(str(tmp_path / "storage"))


def test_a_sweep_takes_what_nobody_finishes_and_nothing_else(storage: Storage, tmp_path: Path) -> None:
    database = JobDatabase("modeling", f"sqlite:///{tmp_path / 'jobs.db'}")
    database.create()
    store, leases = JobClientStore(database), JobWorkerStore(database)
    waiting, failed = store.submit("training", {"model": "m"}).id, store.submit("training", {"model": "n"}).id
    for job in (waiting, failed):  # the first runs, then waits again
        claimed = leases.claim("me", 60)
        assert claimed is not None
        assert claimed.id == job
    leases.fail(failed, 1, {})
    leases.release(waiting, 1)
    unknown = "0" * 32
    stays, goes = [], []
    for job, ages in ((waiting, (0, 99)), (failed, (0, 99)), (unknown, (0, 99))):
        for hours in ages:
            for path in (
                f"storage/models/m/.{job}-{hours + 1}/saved_model.pb",
                f"storage/predictions/p{hours}/{job}-1/part-00000.parquet",
            ):
                (stays if job == waiting or (job == unknown and not hours) else goes).append(
                    left(tmp_path, path, hours)
                )
    for job, hours in ((waiting, 99), (failed, 0), (unknown, 99)):
        (stays if job == waiting else goes).append(left(tmp_path, f"state/checkpoints/{job}/latest.json", hours))
    claim = "storage/version-numbers/m/.00000009-0123456789ab.json.0123456789ab"
    goes.append(left(tmp_path, claim, 99))
    settings = ModelingSettings(storage=storage.uri, state=str(tmp_path / "state"))
    gone = KINDS.sweep(settings, JobCleanupPolicy(store, hours=24))
    assert [path for path in stays if not path.exists()] == []
    assert [path for path in goes if (path if path.name.startswith(".") else path.parent).exists()] == []
    assert len(gone) == len(goes)
    for number in version_numbers(storage, "m"):
        with checked_folder(storage, read_manifest(storage, "m", number)):
            pass
    database.close()


def test_a_training_that_has_published_has_succeeded_and_its_label_is_set(storage: Storage, tmp_path: Path) -> None:
    settings = ModelingSettings(storage=storage.uri, state=str(tmp_path / "state"))
    version = read_manifest(storage, "m", 2)
    request = version.request.model_copy(update={"label": "latest"})
    changed = version.model_copy(update={"request": request})
    storage.write("models/m/2/tandem.json", changed.to_json())
    staged = [left(tmp_path, f"storage/models/m/.{version.job}-{attempt}/x", 0) for attempt in (1, 3)]
    storage.write("models/m/labels/00000000.json", b"{")
    response = KINDS.settle(settings, job_of(version.job, "training", {"model": "m"}))
    assert response is not None
    assert (response["version"], response["label"]) == (2, None), (
        "a label that cannot be read keeps no job from its end"
    )
    storage.delete("models/m/labels/00000000.json")
    response = KINDS.settle(settings, job_of(version.job, "training", {"model": "m"}))
    assert response is not None
    assert (response["version"], response["label"]) == (2, "latest")
    assert [file.exists() for file in staged] == [False, True], "a later attempt may be at work"
    assert read_labels(storage, "m").labels["latest"] == 2
    assert KINDS.settle(settings, job_of("0" * 32, "training", {"model": "m"})) is None


def job_of(job: str, kind: str, request: dict[str, Any]) -> Job:
    return Job(job, kind, State.PENDING, 2, 2, 0.0, 0.0, 0.0, Progress(), request)


def left(root: Path, path: str, hours: float) -> Path:
    """A file in a folder of its own, so many hours old."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    then = file.stat().st_mtime - hours * 3600
    for each in (file, file.parent):
        os.utime(each, (then, then))
    return file
