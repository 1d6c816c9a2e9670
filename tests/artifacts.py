"""Files of a dataset, written for a test."""

from __future__ import annotations

import hashlib

from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import Artifact


def write_artifact(folder: DataFolder, path: str, data: bytes) -> Artifact:
    """Write a file of a dataset, and return it as the manifest names it."""
    folder.files.write(path, data)
    return Artifact(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
