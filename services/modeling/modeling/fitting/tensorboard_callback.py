"""Learning curves for TensorBoard: `tensorboard --logdir {state}/tensorboard` shows them; nothing here needs it installed.

{state}/tensorboard/{model}/{job}/train         loss and metrics per epoch, learning rate, examples per second; the loss by step
/validation    loss and metrics per epoch
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from contracts.features import LARGEST_FLOAT32

_SECONDS_BETWEEN_STEPS = 1.0


class Board(keras.callbacks.Callback):
    """Writes the curves. The names are those of Keras's own TensorBoard callback, which needs the `tensorboard` package."""

    def __init__(self, folder: Path, rows: int, steps: int) -> None:
        super().__init__()
        self._rows, self._steps = rows, steps
        self._writers = {name: tf.summary.create_file_writer(str(folder / name)) for name in ("train", "validation")}
        self._epoch = 0
        self._next_step = 0.0
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Look at the clock."""
        self._epoch, self._began = epoch, time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the loss of this epoch so far, once a second."""
        now = time.monotonic()
        if logs and now >= self._next_step:
            self._next_step = now + _SECONDS_BETWEEN_STEPS
            self._write("train", "batch_loss", float(logs["loss"]), self._epoch * self._steps + batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write loss and metrics of the epoch, numbered from 1."""
        for name, value in (logs or {}).items():
            kind = "validation" if name.startswith("val_") else "train"
            self._write(kind, f"epoch_{name.removeprefix('val_')}", float(value), epoch + 1)
        network: Any = self.model
        self._write("train", "learning_rate", float(network.optimizer.learning_rate), epoch + 1)
        self._write("train", "examples_per_second", self._rows / (time.perf_counter() - self._began), epoch + 1)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Close the files."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, kind: str, name: str, value: float, step: int) -> None:
        if abs(value) <= LARGEST_FLOAT32:
            with self._writers[kind].as_default():
                tf.summary.write(name, np.float32(value), step, metadata=_SCALAR)


_SCALAR: Any = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class=1
)
"""The metadata by which TensorBoard plots a tensor as a point of a curve."""
