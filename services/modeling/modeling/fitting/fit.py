"""The training loop, and its callbacks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.messages.trainings import EpochRecord, Training
from modeling.distributed.cancel_callback import CancelTogether
from modeling.distributed.devices import ONE, Devices
from modeling.evaluation.row_cost import row_cost, rows_at_once
from modeling.fitting.checkpoint_callback import History, KeepState, saved_everywhere, seconds_before
from modeling.fitting.checkpoints import Checkpoints
from modeling.fitting.progress_callback import FIT, FitPhase, Reporter
from modeling.fitting.stopping import Stopping
from modeling.fitting.tensorboard_callback import Board
from modeling.fitting.time_limit import TimeLimit
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.networks.untrained_ids import SAMPLE_ROWS, embedded_inputs, initial_vectors, neutralize, untrained_ids
from modeling.optimization.objective import Target
from modeling.optimization.optimizers import RowFtrl, make_optimizer
from modeling.optimization.schedules import Schedule

Build = Callable[[], keras.Model]

_SAMPLE_BATCH = 4096
_MOST_STEPS_AT_ONCE = 16
_MOST_ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class FitContext:
    """The job, folders and devices of a training. A worker that follows a chief has no job, and writes nothing."""

    context: JobContext | None = None
    checkpoints: Checkpoints | None = None
    board: Path | None = None
    """The folder for TensorBoard."""
    devices: Devices = ONE
    phase: FitPhase = FIT


@dataclass(frozen=True)
class FitResult:
    """Result of fitting. `kept`: the number of the epoch whose weights the network has."""

    history: list[EpochRecord]
    kept: int


def fit(
    network: keras.Model,
    pipeline: InputPipeline,
    target: Target,
    request: Training,
    fit_context: FitContext,
    build: Build,
) -> FitResult:
    """Train the network in place, with an evaluation on the validation split, if it has rows, after each epoch.

    Resumes after the epoch of the latest checkpoint, if there is one. `build` makes another network like this one, for several
    devices. Raises `Cancelled`, and `InvalidRequest` when the loss is not finite or there are fewer rows than devices.
    """
    devices, rows = fit_context.devices, pipeline.rows("train")
    if rows < devices.share.parts:
        raise InvalidRequest(
            f"{rows} training rows cannot be divided among {devices.share.parts} devices", pointer="/dataset"
        )
    steps = devices.share.steps(rows, request.batch_size)
    share = devices.share
    initial = initial_vectors(network)
    has_validation = pipeline.rows("validation") > 0
    saved = saved_everywhere(devices, fit_context.checkpoints)
    with devices.scope():
        schedule = Schedule(request.schedule, request.learning_rate, steps, request.epochs)
        spec = request.early_stopping if has_validation else None
        stopping = None if spec is None else Stopping(spec, schedule)
        limit = None if request.time_limit is None else TimeLimit(request.time_limit, devices, seconds_before(saved))
        ending = [callback for callback in (limit, stopping) if callback is not None]
        kept = KeepState(fit_context.checkpoints, stopping, saved, limit)
        trained = build() if devices.has_strategy else network
        if trained is not network:
            trained.set_weights(network.get_weights())
        # Processes that stop together look at each other between steps.
        at_once = 1 if devices.has_strategy else steps_at_once(steps, request.batch_size)
        _compile(trained, target, make_optimizer(request.optimizer, schedule), at_once)
        kept.restore(trained)
    # As many rows as there is room for: their number changes no figure, and a small batch takes as long as a large one.
    held_rows = max(request.batch_size, rows_at_once(row_cost(network, pipeline.model_inputs)))
    validation = pipeline.evaluation("validation", held_rows, share) if has_validation else None
    validation = None if validation is None else target.learned(validation)
    first = request.epochs if kept.is_over else kept.first_epoch
    batches = pipeline.training(
        request.batch_size,
        request.seed,
        epochs=request.epochs,
        first_epoch=first,
        share=share,
        masking=request.masking,
    )
    batches = target.learned(target.weighted(batches))
    devices.prepare(trained, batches)
    with devices.in_step():
        trained.fit(
            devices.spread(batches),
            steps_per_epoch=steps,
            validation_data=None if validation is None else devices.spread(validation),
            validation_steps=share.steps(pipeline.rows("validation"), held_rows) if has_validation else None,
            epochs=request.epochs,
            initial_epoch=first,
            callbacks=[
                *_observers(fit_context, request, rows, steps, first),
                *ending,
                keras.callbacks.TerminateOnNaN(),
                kept,
            ],
            shuffle=False,  # the pipeline does it
            verbose=0,  # pyright: ignore[reportArgumentType]  # documented so; Keras infers the type of "auto"
        )
        optimizer: Any = trained.optimizer
        untrained = untrained_ids(
            trained, initial, optimizer.without_gradient if isinstance(optimizer, RowFtrl) else None
        )
        if trained is not network:
            network.set_weights(trained.get_weights())
    for table, _ in embedded_inputs(network):
        table.multiply()
    neutralize(network, untrained, _sampled_ids(pipeline, request.seed))
    records = _records(kept.history, request)
    return FitResult(records, len(records) if stopping is None else stopping.best_epoch + 1)


def _sampled_ids(pipeline: InputPipeline, seed: int) -> Iterator[tf.Tensor]:
    """Yield the ids of some training rows, none of them masked."""
    for inputs, *_ in pipeline.training(_SAMPLE_BATCH, seed).take(SAMPLE_ROWS // _SAMPLE_BATCH):
        yield inputs[1]


def steps_at_once(steps: int, batch_size: int) -> int:
    """Return how many of an epoch's steps run without a return to Python: the largest divisor with few enough rows.

    Keras would run over the end of an epoch with another number. Jobs are cancelled, and progress is reported, between runs.
    """
    limit = min(_MOST_STEPS_AT_ONCE, max(_MOST_ROWS_AT_ONCE // batch_size, 1))
    return next(number for number in range(limit, 0, -1) if steps % number == 0)


def _compile(network: keras.Model, target: Target, made: keras.optimizers.Optimizer, at_once: int) -> None:
    network.compile(
        steps_per_execution=at_once,
        optimizer=made,
        loss=target.loss(),
        weighted_metrics=target.metrics(),
        jit_compile=False,  # pyright: ignore[reportArgumentType]  # XLA cannot update single rows of a table, and multiplies matrices no faster
    )
    # A step that makes variables is traced a second time, which takes half a second: the optimizer's are made here.
    optimizer: Any = network.optimizer
    optimizer.build(network.trainable_variables)


def _observers(
    fit_context: FitContext, request: Training, rows: int, steps: int, first_epoch: int
) -> list[keras.callbacks.Callback]:
    """Return the callbacks that cancel and report. Keras calls them in order: those that may end a training follow."""
    callbacks: list[keras.callbacks.Callback] = []
    if fit_context.devices.has_others:
        callbacks.append(CancelTogether(fit_context.devices, fit_context.context))
    if fit_context.context is not None:
        leaves_alone = not fit_context.devices.has_others
        callbacks.append(
            Reporter(
                fit_context.context,
                epochs=request.epochs,
                rows=rows,
                steps=steps,
                first_epoch=first_epoch,
                leaves_alone=leaves_alone,
                phase=fit_context.phase,
            )
        )
    if fit_context.board is not None:
        callbacks.append(Board(fit_context.board, rows, steps))
    return callbacks


def _records(history: History, request: Training) -> list[EpochRecord]:
    losses = history["loss"]
    if not all(math.isfinite(loss) for loss in losses):
        raise InvalidRequest(
            f"the loss is not a number any more after epoch {len(losses)}; a smaller learning rate may help. "
            f"Received: {request.learning_rate}",
            pointer="/learning_rate",
        )
    figures = EpochRecord.model_fields.keys() - {"epoch"}
    return [
        EpochRecord.model_validate(
            {
                "epoch": index + 1,
                **{name: history[name][index] if name in history else None for name in figures},
            }
        )
        for index in range(len(losses))
    ]
