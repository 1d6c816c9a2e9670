"""Train and measure one model per fold, one after another, before the version's own training."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest
from contracts.messages.folds.results import CrossValidation, FoldResult
from contracts.messages.folds.spec import Folds
from contracts.messages.metrics import Metrics
from contracts.messages.trainings import Training
from contracts.statistics import Statistics
from modeling.distributed.devices import Devices
from modeling.evaluation.forward_pass import ForwardPass
from modeling.evaluation.tuned_predictions import Tuned
from modeling.fitting.checkpoints import Checkpoints
from modeling.fitting.fit import FitContext
from modeling.fitting.progress_callback import FIT, FitPhase
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.label_kinds import labels_of_kind
from modeling.training.folds.check_folds import fold_notes
from modeling.training.folds.finished_folds import FinishedFolds
from modeling.training.folds.fold_spread import metrics_of_folds
from modeling.training.folds.fold_training import FoldTraining
from modeling.training.folds.row_folds import assign_folds
from modeling.training.phase_timer import Clock
from modeling.tuning.tune import tune


@dataclass(frozen=True)
class FoldsContext:
    """The job, its devices and its folder of checkpoints. `purpose`: inputs of the training, as checkpoints have it."""

    job: JobContext
    devices: Devices
    folder: Path
    purpose: tuple[str, ...]
    broadcast: Callable[[int], None]
    """Starts the training without a fold, which counts from 0, on all other workers."""
    clock: Clock

    def checkpoints(self, fold: int | None = None) -> Checkpoints:
        """Return the checkpoints of the training without a fold, which counts from 0; None: of the version's own."""
        if fold is None:
            return Checkpoints(self.folder, *self.purpose)
        return Checkpoints(self.fold_folder(fold), *self.purpose, f"fold {fold}")

    def fold_folder(self, fold: int) -> Path:
        """Return the folder of a fold's checkpoints."""
        return self.folder / f"fold-{fold + 1:02d}"


def cross_validate(
    dataset: Dataset,
    request: Training,
    pipeline: InputPipeline,
    statistics: Statistics,
    context: FoldsContext,
) -> CrossValidation | None:
    """Train without each fold and measure on it; None if the request has no folds.

    Results of folds that an earlier attempt of the job has finished are kept.

    Raises `InvalidRequest` for folds that cannot be, `UnusableLabel` where all labels outside of a fold are equal, and what a
    training raises, `Cancelled` too.
    """
    folds = request.folds
    if folds is None:
        return None
    finished = FinishedFolds(context.folder / "folds", *context.purpose)
    row_folds = assign_folds(pipeline, folds, statistics.splits["train"].label)
    results: list[FoldResult] = []
    for fold in range(folds.count):
        result = finished.read(fold + 1)
        if result is None:
            training = FoldTraining.prepare(dataset, request, pipeline, statistics, row_folds, fold)
            result = _measured(training, fold, folds, request, context)
            finished.write(result)
            shutil.rmtree(context.fold_folder(fold), ignore_errors=True)
        results.append(result)
    context.clock.mark("folds")
    return CrossValidation(
        by=row_folds.by,
        folds=results,
        metrics=metrics_of_folds(dataset.schema.label.kind, [result.metrics for result in results]),
        notes=fold_notes(dataset.manifest),
    )


def last_phase(folds: Folds | None) -> FitPhase:
    """Return the part of the job's progress that the version's own training takes."""
    return FIT if folds is None else FIT.part(folds.count, folds.count + 1)


def _measured(training: FoldTraining, fold: int, folds: Folds, request: Training, context: FoldsContext) -> FoldResult:
    began = time.perf_counter()
    phase = FIT.part(fold, folds.count + 1, f"fold {fold + 1} of {folds.count}")
    context.broadcast(fold)
    fitted = training.fit(request, FitContext(context.job, context.checkpoints(fold), None, context.devices, phase))
    tuned = tune(
        ForwardPass(training.network, training.pipeline, training.target), training.pipeline, request, context.job
    )
    return FoldResult(
        fold=fold + 1,
        training_rows=training.pipeline.rows("train"),
        metrics=_metrics(tuned, training.pipeline, request, context.job),
        epochs=len(fitted.history),
        kept_epoch=fitted.kept,
        seconds=round(time.perf_counter() - began, 3),
    )


def _metrics(tuned: Tuned, pipeline: InputPipeline, request: Training, context: JobContext) -> Metrics:
    """Return the metrics of the fold's rows. Raises `InvalidRequest` for predictions that are not finite, and `Cancelled`."""
    target = tuned.target
    labels, outputs, weights = [np.empty(0, np.float32)], [target.no_outputs()], [np.empty(0, np.float32)]
    for numeric, categorical, label, *weight in pipeline.recorded("test", request.batch_size):
        context.check()
        labels.append(label.numpy())
        outputs.append(tuned.forward.outputs(numeric, categorical)[0])
        weights += [tensor.numpy() for tensor in weight]
    predictions = target.predictions(np.concatenate(outputs))
    if not np.all(np.isfinite(predictions)):
        raise InvalidRequest(
            "predictions of a fold are not finite; a smaller learning rate may help", pointer="/learning_rate"
        )
    weighed = np.concatenate(weights) if pipeline.dataset.schema.weight is not None else None
    return labels_of_kind(target.kind).score(np.concatenate(labels), predictions, weighed)
