"""The loop that learns, and what it says while it does."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import keras

from chassis.engine import JobContext
from contracts.errors import InvalidRequest
from modeling.dataset import InputPipeline
from modeling.messages import EpochRecord, Training
from modeling.optimization.optimizers import make_optimizer
from modeling.optimization.schedules import Schedule
from modeling.optimization.specs import EarlyStopping
from modeling.targets import Target

_BEGIN, _END = 0.02, 0.9
"""Which part of the whole job's progress fitting is."""


class Reporter(keras.callbacks.Callback):
    """Passes on how far training is, and lets a cancelled job out: `context.progress` raises `Cancelled`."""

    def __init__(self, context: JobContext, request: Training, rows: int) -> None:
        super().__init__()
        self._context = context
        self._epochs = request.epochs
        self._batch_size = request.batch_size
        self._rows = rows
        self._steps = math.ceil(rows / request.batch_size)
        self._epoch = 0
        self._began = time.perf_counter()
        self._steps_done = 0
        self._last: dict[str, float] = {}

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Remember which epoch it is."""
        if epoch == 0:
            self._began = time.perf_counter()
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Say how far the job is."""
        self._steps_done += 1
        self._say(min((batch + 1) / self._steps, 1.0), logs)

    def on_test_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names them
        """A job can be cancelled while it validates, too."""
        self._context.check()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the validation figures for the progress of the next epoch."""
        del epoch  # `on_epoch_begin` was told
        self._last = {name: float(value) for name, value in (logs or {}).items() if name.startswith("val_")}
        self._say(1.0, logs)

    def _say(self, part: float, logs: dict[str, Any] | None) -> None:
        done = self._epoch + part
        seconds = time.perf_counter() - self._began
        left = seconds * (self._epochs - done) / done
        rows = min(self._steps_done * self._batch_size, self._rows * self._epochs)
        self._context.progress(
            "fit",
            _BEGIN + (_END - _BEGIN) * done / self._epochs,
            completed=self._steps_done,
            total=self._steps * self._epochs,
            epoch=self._epoch + 1,
            epochs=self._epochs,
            examples_per_second=round(rows / seconds) if seconds else None,
            seconds_left=round(left, 1),
            **{**self._last, **{name: round(float(value), 6) for name, value in (logs or {}).items()}},
        )


@dataclass(frozen=True)
class Fitted:
    """What fitting came to. `kept`: the number of the epoch whose weights the network has."""

    history: list[EpochRecord]
    kept: int


def fit(network: keras.Model, pipeline: InputPipeline, target: Target, request: Training, reporter: Reporter) -> Fitted:
    """Train in place, looking at the validation split after each epoch where there is one.

    Raises `Cancelled`, and `InvalidRequest` when the loss stops being a number.
    """
    steps = math.ceil(pipeline.rows("train") / request.batch_size)
    rate = Schedule(request.schedule, request.learning_rate, steps, request.epochs)
    network.compile(
        optimizer=make_optimizer(request.optimizer, rate),
        loss=target.loss(),
        weighted_metrics=target.metrics(),
        jit_compile=False,  # pyright: ignore[reportArgumentType]  # XLA cannot update single rows of a table, and multiplies matrices no faster
    )
    validation = pipeline.evaluation("validation", request.batch_size) if pipeline.rows("validation") else None
    stopping = None if validation is None else early_stopping(request.early_stopping)
    history = network.fit(
        target.weighted(pipeline.training(request.batch_size, request.seed, epochs=request.epochs)),
        steps_per_epoch=steps,
        validation_data=validation,
        epochs=request.epochs,
        callbacks=[reporter, *([] if stopping is None else [stopping]), keras.callbacks.TerminateOnNaN()],
        shuffle=False,  # the pipeline does it
        verbose=0,  # pyright: ignore[reportArgumentType]  # documented so; Keras infers the type of "auto"
    ).history
    losses: list[float] = history["loss"]
    if not all(math.isfinite(loss) for loss in losses):
        raise InvalidRequest(
            f"the loss is not a number any more after epoch {len(losses)}; a smaller learning rate may help. "
            f"Received: {request.learning_rate}",
            pointer="/learning_rate",
        )
    records = [
        EpochRecord.model_validate(
            {
                "epoch": at + 1,
                **{name: values[at] for name, values in history.items() if name in EpochRecord.model_fields},
            }
        )
        for at in range(len(losses))
    ]
    return Fitted(records, len(records) if stopping is None else stopping.best_epoch + 1)


def early_stopping(spec: EarlyStopping | None) -> keras.callbacks.EarlyStopping | None:
    """Keras's own, which gives the network the weights of its best epoch at the end, stopped or not."""
    if spec is None:
        return None
    assert spec.patience is not None
    return keras.callbacks.EarlyStopping(
        "val_loss",
        patience=spec.patience,
        min_delta=spec.min_delta,  # pyright: ignore[reportArgumentType]  # Keras infers int of 0
        mode="min",
        restore_best_weights=True,
    )
