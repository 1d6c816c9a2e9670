"""Folders of a training in the state folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modeling.training.state_folders import board_folder, checkpoint_folder, discard_checkpoints


def test_checkpoints_are_discarded_by_job_and_twice_is_harmless(tmp_path: Path) -> None:
    for job in ("a", "b"):
        folder = checkpoint_folder(tmp_path, job)
        folder.mkdir(parents=True)
        (folder / "latest.json").write_text("{}")
    discard_checkpoints(tmp_path, "a")
    discard_checkpoints(tmp_path, "a")
    assert not checkpoint_folder(tmp_path, "a").exists()
    assert (checkpoint_folder(tmp_path, "b") / "latest.json").exists()


def test_curves_of_the_newest_trainings_of_a_model_are_kept(tmp_path: Path) -> None:
    runs = tmp_path / "tensorboard" / "m"
    for age in range(120):
        folder = runs / f"job-{age:03}"
        folder.mkdir(parents=True)
        (folder / "events").write_text("x")
        os.utime(folder, (1e9 - age, 1e9 - age))
    other = tmp_path / "tensorboard" / "n" / "old"
    other.mkdir(parents=True)
    os.utime(other, (0, 0))
    assert board_folder(tmp_path, "m", "new") == runs / "new"
    assert sorted(path.name for path in runs.iterdir()) == [f"job-{age:03}" for age in range(99)]
    assert other.exists(), "another model's curves are its own"


def test_an_attempt_after_the_first_goes_on_in_its_folder(tmp_path: Path) -> None:
    folder = board_folder(tmp_path, "m", "job")
    folder.mkdir(parents=True)
    os.utime(folder, (0, 0))
    for number in range(150):
        (folder.parent / f"other-{number}").mkdir()
    assert board_folder(tmp_path, "m", "job") == folder
    assert folder.exists()
    assert len(list(folder.parent.iterdir())) == 100


def test_curves_that_another_training_removes_meanwhile_are_no_error(tmp_path: Path) -> None:
    runs = tmp_path / "tensorboard" / "m"
    runs.mkdir(parents=True)
    (runs / "gone").symlink_to(tmp_path / "nowhere")  # listed, but not there when it is looked at
    assert board_folder(tmp_path, "m", "job") == runs / "job"


def test_the_folder_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert board_folder(Path("state"), "m", "job") == tmp_path / "state" / "tensorboard" / "m" / "job"
