"""One training on one page: dataset, network, fit, evaluate, judge, export, publish, label."""

from __future__ import annotations

import logging
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from pydantic import BaseModel

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset, open_dataset
from contracts.messages.trainings import Training, TrainingRequest, TrainingResponse, TrainingResult
from contracts.storage import Storage
from modeling.distributed.devices import ONE, Devices, find_devices
from modeling.evaluation.forward_pass import ForwardPass
from modeling.evaluation.held_out import asking, evaluate_held_out
from modeling.evaluation.missing_plan import TrainedOn
from modeling.export.replay import replay
from modeling.export.replay_rows import ReplayRows, collect_replay_rows
from modeling.export.saved_model import export
from modeling.fitting.fit import FitContext, fit
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_seeded
from modeling.optimization.objective import Target
from modeling.repository.attempts import settle_version, staging
from modeling.repository.versions import DETAIL, STATISTICS, publish
from modeling.repository.warm_up_rows import write_kept_rows
from modeling.settings import ModelingSettings
from modeling.skew.training_counts import keep_training_split
from modeling.training.admission import admit, assign_label, check_network, judge_gate
from modeling.training.cluster import broadcast_training, leave_cluster
from modeling.training.defaults import settled_for
from modeling.training.feature_overrides import overridden
from modeling.training.folds.cross_validate import FoldsContext, cross_validate, last_phase
from modeling.training.network_builder import ignored_features, network_builder
from modeling.training.notes import training_notes
from modeling.training.phase_timer import Clock
from modeling.training.row_weights import check_weights
from modeling.training.state_folders import board_folder, checkpoint_folder, discard_checkpoints
from modeling.training.version_manifest import unpublished_manifest
from modeling.tuning.tune import tune

_log = logging.getLogger(__name__)


def run(request: TrainingRequest, context: JobContext, settings: ModelingSettings) -> dict[str, Any]:
    """Carry a training job out on all devices of this process; return its `TrainingResponse` as JSON.

    Raises what `train` does. Does not return when it fails while other workers wait for this one: see `leave_cluster`.
    """
    devices = find_devices()
    storage, state = Storage(settings.storage), Path(settings.state)
    try:
        response = train(storage, settings.source_roots, request, context, state=state, devices=devices)
    except Exception as error:
        if devices.is_in_step:
            leave_cluster(error)
        raise
    return response.model_dump(mode="json")


def train(
    storage: Storage,
    source_roots: list[str],
    asked: TrainingRequest,
    context: JobContext,
    *,
    state: Path,
    devices: Devices = ONE,
) -> TrainingResponse:
    """Train from a published dataset, and publish the model's next version; a failure leaves no files.

    `state` holds the checkpoints, from which a later attempt of the job resumes, and TensorBoard's curves.

    Raises `NotFound` for an unknown dataset, `UnusableLabel` for a constant label, `InvalidRequest` for a learning rate that
    diverges, rules that a feature cannot have, a split whose rows weigh nothing and options that the dataset does not support,
    `SourceChanged` and `CorruptData` for data that differs from the published one, and `PredictionMismatch` for training/serving
    skew of the export.
    """
    earlier = settle_version(storage, asked.model, context.job_id, context.attempt - 1)
    if earlier is not None:
        discard_checkpoints(state, context.job_id)
        return assign_label(storage, earlier)
    context.progress("open", 0.0)
    dataset = open_dataset(storage, asked.dataset)
    request = settled_for(asked, dataset)
    schema = overridden(dataset, request.features)
    check_network(request.network, schema)
    incumbent = admit(storage, dataset, request)
    clock = Clock()
    statistics, vocabularies = dataset.statistics(), dataset.vocabularies()
    target = Target.of(dataset, request.class_weights, statistics, request.quantiles)
    with staging(storage, request.model, context.job_id, context.attempt) as folder:
        model_inputs = ModelInputs(schema, statistics, vocabularies)
        board = _board(state, request, context)
        with open_pipeline(dataset, model_inputs, source_roots) as pipeline, asking(storage, incumbent, dataset) as ask:
            check_weights(pipeline)
            build = network_builder(request, pipeline, statistics, target.outputs)
            network = build_seeded(request.seed, build)
            replay_rows = collect_replay_rows(dataset, schema, pipeline, model_inputs)
            clock.mark("open")
            folds_context = _folds_context(state, dataset, asked, request, context, devices, clock)
            cross_validation = cross_validate(dataset, request, pipeline, statistics, folds_context)
            broadcast_training(devices, asked)
            fit_context = FitContext(context, folds_context.checkpoints(), board, devices, last_phase(request.folds))
            fitted = fit(network, pipeline, target, request, fit_context, build)
            clock.mark("fit")
            notes = training_notes(request, fitted.history, fitted.kept)
            _log_all(notes)
            context.progress("evaluate", 0.9)
            tuned = tune(ForwardPass(network, pipeline, target), pipeline, request, context)
            trained = TrainedOn(len(fitted.history), statistics.splits["train"], vocabularies)
            findings = evaluate_held_out(tuned, pipeline, request, ask, context, trained).with_folds(cross_validation)
            gate = judge_gate(request, schema, findings, incumbent)
            clock.mark("evaluate")
        context.progress("export", 0.96)
        export(schema, model_inputs, network, tuned.target, folder)
        replay(folder, schema, replay_rows, _answers(network, tuned.target, replay_rows), target.labels)
        write_kept_rows(folder, replay_rows.rows)
        _write_json(folder / DETAIL, findings.detail, indent=1)
        _write_json(folder / STATISTICS, statistics.only("train"))
        keep_training_split(dataset, schema, statistics.splits["train"], folder)
        clock.mark("export")
        result = TrainingResult(
            model=request.model,
            version=0,
            evaluation=findings.evaluation,
            gate=gate,
            history=fitted.history,
            kept_epoch=fitted.kept,
            notes=notes,
            tensorboard=str(board),
            dataset_warnings=[warning for warning in dataset.manifest.warnings or [] if warning.concerns_models],
            ignored_features=ignored_features(request, schema, statistics),
            seconds=clock.seconds,
            examples_per_second=round(
                pipeline.rows("train") * len(fitted.history) / max(clock.seconds["fit"], 1e-3), 1
            ),
        )
        draft = unpublished_manifest(dataset, schema, request, result, folder, job=context.job_id)
        context.progress("publish", 0.99)
        context.fence()
        published = publish(storage, folder, draft)
        discard_checkpoints(state, context.job_id)
        return assign_label(storage, published)


def _folds_context(
    state: Path,
    dataset: Dataset,
    asked: TrainingRequest,
    request: Training,
    context: JobContext,
    devices: Devices,
    clock: Clock,
) -> FoldsContext:
    return FoldsContext(
        context,
        devices,
        checkpoint_folder(state, context.job_id),
        (request.model_dump_json(), dataset.manifest.fingerprint, version_of("keras")),
        partial(broadcast_training, devices, asked),
        clock,
    )


def _board(state: Path, request: Training, context: JobContext) -> Path:
    board = board_folder(state, request.model, context.job_id)
    _log.info("curves for TensorBoard: %s", board)
    return board


def _answers(network: keras.Model, target: Target, replay_rows: ReplayRows) -> dict[str, np.ndarray[Any, Any]]:
    """Return the network's outputs for the replay rows as training read them."""
    output = network((tf.constant(replay_rows.numeric), tf.constant(replay_rows.categorical)), training=False)
    return {name: tensor.numpy() for name, tensor in target.named_outputs(output).items()}


def _log_all(notes: list[str]) -> None:
    for note in notes:
        _log.info("%s", note)


def _write_json(path: Path, model: BaseModel, indent: int | None = None) -> None:
    path.write_text(model.model_dump_json(indent=indent), encoding="utf-8")
