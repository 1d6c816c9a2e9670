"""Trainings on a cluster: the chief broadcasts each training to its workers, which run the same steps."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback

import keras
import tensorflow as tf

from contracts.base_model import FrozenModel
from contracts.dataset.published import open_dataset
from contracts.errors import TandemError
from contracts.messages.trainings import TrainingRequest
from contracts.storage import Storage
from modeling.distributed.devices import Devices
from modeling.fitting.fit import FitContext, fit
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_seeded
from modeling.optimization.objective import Target
from modeling.training.defaults import settled_for
from modeling.training.feature_overrides import overridden
from modeling.training.folds.fold_training import FoldTraining
from modeling.training.folds.row_folds import assign_folds
from modeling.training.network_builder import network_builder

_log = logging.getLogger(__name__)
_EXIT_CLUSTER_LOST = 70
_SECONDS_TO_REPORT = 1.0


class Broadcast(FrozenModel):
    """A training that all workers take part in. `fold`: the fold, from 0, that is left out of the training rows; None: none."""

    asked: TrainingRequest
    fold: int | None = None


def broadcast_training(devices: Devices, asked: TrainingRequest, fold: int | None = None) -> None:
    """Start the same training on the workers, if there are any. Called by the chief."""
    if devices.has_others:
        message = {"asked": asked.model_dump(mode="json", exclude_unset=True), "fold": fold}
        devices.broadcast(json.dumps(message).encode())


def leave_cluster(error: Exception) -> None:
    """End this process after an error that the workers do not know of, so that the whole cluster restarts. Called by the chief.

    The loss of a worker costs an attempt of the job, which is retried. Any other error is the job's own, and is reported first.
    """
    if isinstance(error, tf.errors.OpError):
        traceback.print_exception(error)
        _log.error("the cluster has lost a worker; this attempt ends")
        sys.stderr.flush()
        os._exit(_EXIT_CLUSTER_LOST)
    timer = threading.Timer(_SECONDS_TO_REPORT, os._exit, (_EXIT_CLUSTER_LOST,))
    timer.daemon = True
    timer.start()


def follow(storage: Storage, source_roots: list[str], devices: Devices) -> None:
    """Wait for the chief's next training, and take part in it until it ends at the chief. Called by a worker.

    Raises an error of this worker alone, which leaves the chief waiting: the process must then end, so that the chief's attempt
    ends, too.
    """
    message = Broadcast.model_validate_json(devices.broadcast(None))
    asked = message.asked
    _log.info("training of model %s from dataset %s", asked.model, asked.dataset)
    dataset = open_dataset(storage, asked.dataset)
    request = settled_for(asked, dataset)
    statistics = dataset.statistics()
    model_inputs = ModelInputs(overridden(dataset, request.features), statistics, dataset.vocabularies())
    target = Target.of(dataset, request.class_weights, statistics, request.quantiles)
    try:
        with open_pipeline(dataset, model_inputs, source_roots) as pipeline:
            if message.fold is not None and request.folds is not None:
                row_folds = assign_folds(pipeline, request.folds, statistics.splits["train"].label)
                training = FoldTraining.prepare(dataset, request, pipeline, statistics, row_folds, message.fold)
                training.fit(request, FitContext(devices=devices))
                return
            build = network_builder(request, pipeline, statistics, target.outputs)
            network = build_seeded(request.seed, build)
            fit(network, pipeline, target, request, FitContext(devices=devices), build)
    except TandemError as error:
        if devices.is_in_step:
            raise
        _log.info("ended, as at the chief: %s", error)
    finally:
        keras.backend.clear_session()
