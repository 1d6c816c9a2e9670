"""Learning curves as TensorBoard reads them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf
from tests.modeling.made import Made, make_rows
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.storage import Storage
from modeling.fitting.tensorboard_callback import Board
from modeling.training.state_folders import board_folder


def curves_in(folder: Path) -> dict[str, dict[int, float]]:
    curves: dict[str, dict[int, float]] = {}
    for kind in ("train", "validation"):
        for path in (folder / kind).glob("events.out.tfevents.*"):
            for event in tf.compat.v1.train.summary_iterator(str(path)):
                for value in event.summary.value:
                    assert value.metadata.plugin_data.plugin_name == "scalars"
                    curves.setdefault(f"{kind}/{value.tag}", {})[event.step] = float(tf.make_ndarray(value.tensor))
    return curves


def test_curves_are_written_for_tensorboard(storage: Storage) -> None:
    Made(make_rows(100), [(1, 1, 2, 3)[at % 4] for at in range(100)]).publish(storage)
    found = run(storage, {"network": {"kind": "linear"}, "epochs": 2, "batch_size": 16}, JobContext.alone())
    folder = Path(found["tensorboard"])
    assert folder == board_folder(Path(storage.uri).parent / "state", "m", "job")
    curves = curves_in(folder)
    assert curves["train/epoch_loss"][2] == pytest.approx(found["history"][1]["loss"])
    assert curves["validation/epoch_loss"][1] == pytest.approx(found["history"][0]["val_loss"])
    assert curves["train/learning_rate"].keys() == {1, 2}
    assert curves["train/examples_per_second"][1] > 0
    assert "train/batch_loss" in curves


def test_figures_go_by_split_and_a_loss_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    network: Any = keras.Sequential([keras.layers.Dense(1)])
    network.compile(keras.optimizers.SGD(0.25), loss="mse")
    board = Board(tmp_path, rows=100, steps=10)
    board.set_model(network)
    board.on_epoch_begin(0)
    board.on_train_batch_end(0, {})
    board.on_train_batch_end(3, {"loss": 0.5})
    board.on_train_batch_end(4, {"loss": 0.25})
    board.on_epoch_end(0, {"loss": 0.5, "auc": 0.75, "val_loss": math.nan, "val_auc": 0.625})
    board.on_epoch_begin(1)
    board.on_epoch_end(1, {"loss": math.inf, "val_loss": 2.0})
    board.on_train_end()
    curves = curves_in(tmp_path)
    curves.pop("train/examples_per_second")
    assert curves == {
        "train/batch_loss": {4: 0.5},  # the next one came within a second
        "train/epoch_loss": {1: 0.5},
        "train/epoch_auc": {1: 0.75},
        "train/learning_rate": {1: 0.25, 2: 0.25},
        "validation/epoch_loss": {2: 2.0},
        "validation/epoch_auc": {1: 0.625},
    }
