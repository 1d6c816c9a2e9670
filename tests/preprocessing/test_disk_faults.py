"""Dataset jobs whose disk is full, read-only or goes away: they fail with the reason, and leave nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.disks import no_file_grows_beyond, read_only

from chassis.engine.engine import JobContext
from chassis.storage_faults import storage_fault
from contracts.attempts.datasets import sweep_datasets
from contracts.dataset.published import open_dataset
from contracts.errors import StorageFull, StorageUnavailable
from contracts.storage import Storage
from preprocessing.engine import SparkEngine

JOB = "fedcba9876543210" * 2


class AllMayGo:
    """Every job is done."""

    def is_old(self, changed: float) -> bool:
        return True

    def may_go(self, job_id: str, changed: float) -> bool:
        return True


@pytest.fixture(autouse=True)
def _datasets(storage: Storage) -> None:
    storage.make_folder("datasets")


def request(engine: SparkEngine, name: str) -> dict[str, Any]:
    rows = "".join(f"{at % 2},{at},token {at % 7}\n" for at in range(3000))
    (Path(engine.settings.source_roots[0]) / "disk.csv").write_text("y,n,c\n" + rows)
    return {"name": name, "source": {"format": "csv", "uris": ["disk.csv"]}, "label": {"column": "y"}, "records": "raw"}


def left(storage: Storage, name: str) -> list[Path]:
    return sorted((Path(storage.uri) / "datasets").rglob(f"{name}*"))


@pytest.mark.parametrize("size", [0, 500, 20_000])
def test_a_full_disk(engine: SparkEngine, storage: Storage, size: int) -> None:
    body = request(engine, f"full-{size}")
    with pytest.raises(Exception) as caught, no_file_grows_beyond(size):  # noqa: PT011  # of any library
        engine.run("dataset", body, JobContext.alone(JOB))
    assert isinstance(storage_fault(caught.value), StorageFull), caught.value
    assert left(storage, body["name"]) == []
    engine.run("dataset", body, JobContext.alone(JOB, 2))
    assert open_dataset(storage, body["name"]).manifest.splits["train"].rows > 0


def test_a_read_only_storage(engine: SparkEngine, storage: Storage) -> None:
    body = request(engine, "read-only")
    with pytest.raises(Exception) as caught, read_only(Path(storage.uri)):  # noqa: PT011  # of any library
        engine.run("dataset", body, JobContext.alone(JOB))
    assert isinstance(storage_fault(caught.value), StorageUnavailable), caught.value
    assert left(storage, "read-only") == []


def test_a_storage_that_goes_away(engine: SparkEngine, storage: Storage) -> None:
    body, moved = request(engine, "away"), Path(f"{storage.uri}-moved")

    def go(report: dict[str, Any]) -> None:
        if report["phase"] == "merge" and not moved.exists():
            Path(storage.uri).rename(moved)

    try:
        with pytest.raises(StorageUnavailable, match=f"the storage lost datasets/away/{JOB}-1"):
            engine.run("dataset", body, JobContext.alone(JOB, tell=go))
        assert not Path(storage.uri).exists()
    finally:
        moved.rename(storage.uri)
    sweep_datasets(storage, AllMayGo())
    assert left(storage, "away") == []
