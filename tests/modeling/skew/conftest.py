"""A version with its training counts, in a storage of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.modeling.trained import Trained

from contracts.storage import Storage
from modeling.repository.versions import VersionManifest, read_manifest


@pytest.fixture
def manifest(trained: Trained) -> VersionManifest:
    return read_manifest(trained.storage, "m", 2)


@pytest.fixture
def place(trained: Trained, tmp_path: Path) -> Storage:
    """A storage with the version, a log of its own, and no dataset."""
    storage = Storage(str(tmp_path / "storage"))
    for name in trained.storage.files("models/m/2"):
        storage.write(f"models/m/2/{name}", trained.storage.read(f"models/m/2/{name}"))
    return storage
