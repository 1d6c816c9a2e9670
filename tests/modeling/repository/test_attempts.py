"""Attempts of trainings: each in a folder of its own, and a later one takes away what earlier ones have staged."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.storage import Storage
from modeling.repository.attempts import settle_version, staging


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in (".job-1", ".job-2", ".job-2.0123456789ab", ".job-10", ".other-1", "1"):
        (tmp_path / "models" / "m" / name / "variables").mkdir(parents=True)
        (tmp_path / "models" / "m" / name / "variables" / "data").write_bytes(b"x")
    return tmp_path / "models"


def names(models: Path) -> list[str]:
    return sorted(path.name for path in (models / "m").iterdir())


def test_earlier_attempts_are_taken_away_and_nothing_else(models: Path) -> None:
    storage = Storage(str(models.parent))
    for _ in range(2):
        assert settle_version(storage, "m", "job", 2) is None
        assert names(models) == [".job-10", ".other-1", "1"]


def test_an_attempt_that_fails_removes_its_own_folder_alone(models: Path) -> None:
    storage = Storage(str(models.parent))
    before = names(models)
    with staging(storage, "m", "job", 3) as staged:
        assert names(models) == sorted([*before, staged.name])
        assert staged.name == ".job-3"
    assert names(models) == before


def test_an_attempt_begins_with_an_empty_folder(models: Path) -> None:
    with staging(Storage(str(models.parent)), "m", "job", 1) as staged:
        assert list(staged.iterdir()) == []


def test_a_model_of_which_nothing_is_left_has_no_folder(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    with staging(storage, "m", "job", 1) as staged:
        staged.joinpath("half").write_bytes(b"x")
        assert settle_version(storage, "m", "job", 1) is None
        assert not staged.exists()
    assert not storage.exists("models/m")
