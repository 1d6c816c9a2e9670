"""A dataset job's folder, and a file that runs code when it is unpickled."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from tests.preprocessing.conftest import data_folder

__all__ = ["data_folder"]


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))

    @property
    def bytes(self) -> bytes:
        return pickle.dumps(self)

    @property
    def was_run(self) -> bool:
        return self.path.exists()


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    made = Trap(tmp_path / "was-run")
    pickle.loads(made.bytes)
    assert made.was_run
    made.path.unlink()
    return made
