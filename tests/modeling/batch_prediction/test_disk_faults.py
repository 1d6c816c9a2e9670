"""Batch predictions whose disk is full, read-only or goes away: they fail with the reason, and leave nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.disks import SmallDisk, full, needs_mounts, read_only, small_disk
from tests.modeling.trained import Trained

from chassis.engine.engine import JobContext
from chassis.storage_faults import storage_fault
from contracts.errors import StorageFull, StorageUnavailable
from contracts.messages.batch_predictions import BatchRequest
from contracts.storage import Storage
from modeling.batch_prediction.repository import read_predictions
from modeling.batch_prediction.run import predict_files

JOB = "0123456789abcdef" * 2
ROWS = 2000


pytestmark = needs_mounts


@pytest.fixture
def disk(trained: Trained, tmp_path: Path) -> Generator[SmallDisk]:
    """A small disk that holds the model alone, and a little room."""
    (tmp_path / "rows.csv").write_text("id,class\n" + "".join(f"row {at:09},{at % 30}\n" for at in range(ROWS)))
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        shutil.copytree(Path(trained.storage.uri) / "models/m/1", disk.path / "models/m/1")
        (disk.path / "predictions").mkdir()
        yield disk


@pytest.fixture
def storage(disk: SmallDisk) -> Storage:
    return Storage(str(disk.path))


def predict(storage: Storage, kind: str, attempt: int = 1, tell: Callable[[dict[str, Any]], None] | None = None) -> int:
    body = {
        "name": "nightly",
        "model": "m",
        "source": {"format": "csv", "uris": ["rows.csv"]},
        "keys": ["id"],
        "absent_columns": "missing",
        "format": kind,
        "max_bad_records": 5,
    }
    context = JobContext.alone(JOB, attempt, **({} if tell is None else {"tell": tell}))
    return predict_files(storage, [str(Path(storage.uri).parent)], BatchRequest.model_validate(body), context).rows


def left(storage: Storage) -> list[str]:
    """Everything in the folder of predictions, hidden files too."""
    folder = Path(storage.uri) / "predictions"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize("room", [0, 8192])
def test_a_full_disk(disk: SmallDisk, storage: Storage, kind: str, room: int) -> None:
    with pytest.raises(OSError, match="No space left") as caught, full(disk, room):
        predict(storage, kind)
    assert isinstance(storage_fault(caught.value), StorageFull)
    assert left(storage) == []
    assert predict(storage, kind, attempt=2) == ROWS
    assert read_predictions(storage, "nightly").rows == ROWS


def test_a_full_disk_for_the_rows_that_cannot_be_read(disk: SmallDisk, storage: Storage) -> None:
    rows = Path(storage.uri).parent / "rows.csv"
    rows.write_text(rows.read_text() + "a row that is too long,1,2\n")
    with pytest.raises(OSError, match="No space left"), full(disk):
        predict(storage, "jsonl")
    assert left(storage) == []
    assert predict(storage, "jsonl", attempt=2) == ROWS
    rejected = read_predictions(storage, "nightly").rejected
    assert rejected is not None
    assert rejected.rows == 1


def test_a_read_only_storage(storage: Storage) -> None:
    with pytest.raises(OSError, match=r"Permission|Read-only") as caught, read_only(Path(storage.uri)):
        predict(storage, "parquet")
    assert isinstance(storage_fault(caught.value), StorageUnavailable)
    assert left(storage) == []
    assert predict(storage, "parquet", attempt=2) == ROWS


def test_a_storage_that_goes_away(storage: Storage) -> None:
    present, moved = Path(storage.uri) / "predictions", Path(storage.uri) / "moved"

    def go(report: dict[str, Any]) -> None:
        if report["phase"] == "predict" and not moved.exists():
            present.rename(moved)

    with pytest.raises(StorageUnavailable, match=f"the storage lost predictions/.*{JOB}-1"):
        predict(storage, "parquet", tell=go)
    assert not present.exists(), "nothing is written in its place"
    moved.rename(present)
    assert predict(storage, "parquet", attempt=2) == ROWS
    assert read_predictions(storage, "nightly").rows == ROWS
