"""Trainings whose disk is full, read-only or goes away: they fail with the reason, leave nothing, and the next one succeeds."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.disks import no_file_grows_beyond, read_only
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from chassis.storage_faults import storage_fault
from contracts.errors import StorageFull, StorageUnavailable
from contracts.storage import Storage
from modeling.repository.folders import version_numbers
from modeling.settings import ModelingSettings
from modeling.training.cleanup import sweep

QUICK: dict[str, Any] = {"model": "full", "network": {"kind": "linear"}, "epochs": 1, "batch_size": 256}
JOB = "0123456789abcdef" * 2


@pytest.fixture
def storage(trained: Trained, tmp_path: Path) -> Storage:
    """A storage of its own that holds the dataset alone."""
    shutil.copytree(Path(trained.storage.uri) / "datasets", tmp_path / "storage/datasets")
    (tmp_path / "storage/models").mkdir()
    return Storage(str(tmp_path / "storage"))


class AllMayGo:
    """Every job is done."""

    def is_old(self, changed: float) -> bool:
        return True

    def may_go(self, job_id: str, changed: float) -> bool:
        return True


def everything(storage: Storage) -> list[Path]:
    return sorted(Path(storage.uri).rglob("*"))


@pytest.mark.parametrize(
    "size", [pytest.param(0, marks=pytest.mark.long), pytest.param(3_000, marks=pytest.mark.long), 30_000]
)
def test_a_full_disk(storage: Storage, size: int) -> None:
    before = everything(storage)
    with pytest.raises(Exception) as caught, no_file_grows_beyond(size):  # noqa: PT011  # of any library
        run(storage, QUICK, JobContext.alone(JOB))
    fault = storage_fault(caught.value)
    assert isinstance(fault, StorageFull), caught.value
    assert everything(storage) == before
    run(storage, QUICK, JobContext.alone(JOB, 2))
    assert version_numbers(storage, "full") == [1]


def test_a_read_only_storage(storage: Storage) -> None:
    before = everything(storage)
    with pytest.raises(Exception) as caught, read_only(Path(storage.uri)):  # noqa: PT011  # of any library
        run(storage, QUICK, JobContext.alone(JOB))
    assert isinstance(storage_fault(caught.value), StorageUnavailable), caught.value
    assert everything(storage) == before


def test_a_storage_that_goes_away(storage: Storage, tmp_path: Path) -> None:
    before = everything(storage)

    def go(report: dict[str, Any]) -> None:
        if report["phase"] == "export":
            Path(storage.uri).rename(tmp_path / "moved")

    with pytest.raises(StorageUnavailable, match="the storage lost models/full"):
        run(storage, QUICK, JobContext.alone(JOB, tell=go))
    assert [path for path in everything(storage) if path.is_file()] == []
    shutil.rmtree(storage.uri, ignore_errors=True)
    (tmp_path / "moved").rename(storage.uri)
    sweep(ModelingSettings(storage=storage.uri, state=str(tmp_path / "state")), AllMayGo())
    assert everything(storage) == before
