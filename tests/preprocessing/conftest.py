"""The folder into which the tasks of a dataset job write, without a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.dataset.data_folder import DataFolder
from contracts.storage import Storage


@pytest.fixture
def data_folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(Storage(str(tmp_path / "storage")), "d", "job-1")
    folder.create()
    return folder
