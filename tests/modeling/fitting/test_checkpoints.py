"""Checkpoints are found whole or not at all."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from modeling.fitting.checkpoints import Checkpoints, Saved


def test_a_checkpoint_of_another_training_is_not_used(tmp_path: Path) -> None:
    variables = [tf.Variable(tf.constant([1.0, math.nan])), tf.Variable(tf.constant(7, tf.int64))]
    Checkpoints(tmp_path, "this").write(3, variables, {"history": {}, "over": False}, None)
    saved = Checkpoints(tmp_path, "this").load()
    assert saved is not None
    assert saved.epochs == 3
    assert np.array_equal(saved.values[0], [1, math.nan], equal_nan=True)
    assert Checkpoints(tmp_path, "that").load() is None
    again = type(saved).from_bytes(saved.to_bytes())
    assert again.epochs == 3
    assert again.values[1] == 7
    (tmp_path / "epoch-00003.index").unlink()
    assert Checkpoints(tmp_path, "this").load() is None, "a damaged one costs time, not the job"
    assert Checkpoints(tmp_path / "nowhere", "this").load() is None


def test_the_latest_and_the_best_are_kept(tmp_path: Path) -> None:
    checkpoints, variable = Checkpoints(tmp_path, "x"), tf.Variable(tf.constant(0.0))
    for epochs in range(1, 5):
        variable.assign(float(epochs))
        checkpoints.write(epochs, [variable], {"history": {}, "over": False}, min(epochs, 2))
    saved = checkpoints.load()
    assert saved is not None
    assert saved.best is not None
    assert (saved.values[0], saved.best[0]) == (4, 2)
    assert {path.name.partition(".")[0] for path in tmp_path.glob("epoch-*")} == {"epoch-00002", "epoch-00004"}


def test_a_checkpoint_passes_between_processes_as_bytes() -> None:
    values: list[np.ndarray] = [np.array([[1.5, math.nan]], np.float32), np.array(7), np.zeros((0, 3), np.float32)]
    notes = {"history": {"loss": [0.5, math.inf]}, "over": True, "word": "日本"}
    bests: list[list[np.ndarray] | None] = [None, [value + 1 for value in values]]
    for best in bests:
        again = Saved.from_bytes(Saved(12, values, best, notes).to_bytes())
        assert (again.epochs, again.notes) == (12, notes)
        assert (again.best is None) == (best is None)
        restored: list[np.ndarray] = [*again.values, *(again.best or [])]
        saved: list[np.ndarray] = [*values, *(best or [])]
        for ours, theirs in zip(restored, saved, strict=True):
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            assert np.array_equal(ours, theirs, equal_nan=True)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_file_that_was_cut_short_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    checkpoints = Checkpoints(tmp_path, "x")
    checkpoints.write(1, [tf.Variable(tf.constant(1.0))], {}, None)
    assert checkpoints.load() is not None
    (tmp_path / "latest.json").write_bytes(content)
    assert checkpoints.load() is None


def test_a_best_epoch_whose_files_are_gone_is_no_checkpoint(tmp_path: Path) -> None:
    checkpoints, variable = Checkpoints(tmp_path, "x"), tf.Variable(tf.constant(1.0))
    for epochs in (1, 2):
        checkpoints.write(epochs, [variable], {}, 1)
    for path in tmp_path.glob("epoch-00001.*"):
        path.unlink()
    assert checkpoints.load() is None


def test_a_write_that_was_killed_is_in_the_way_of_none(tmp_path: Path) -> None:
    """TensorFlow writes into a folder of its own, which stays where it was killed."""
    for epochs in (1, 3):
        unfinished = tmp_path / f"epoch-{epochs:05d}_temp"
        unfinished.mkdir()
        (unfinished / "part-00000-of-00001.data-00000-of-00001").write_bytes(b"half")
    checkpoints, variable = Checkpoints(tmp_path, "x"), tf.Variable(tf.constant(5.0))
    for epochs in (2, 3):
        checkpoints.write(epochs, [variable], {"history": {}, "over": False}, None)
    saved = checkpoints.load()
    assert saved is not None
    assert (saved.epochs, saved.values[0]) == (3, 5)
    assert not list(tmp_path.glob("*_temp"))
