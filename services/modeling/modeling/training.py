"""One training on one page: dataset, network, fit, evaluate, export, publish."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import keras
import numpy as np

from chassis.engine import JobContext
from contracts.dataset import Dataset, open_dataset
from contracts.errors import InvalidRequest, UnusableLabel
from contracts.schema import Schema
from contracts.storage import Storage
from modeling.dataset import InputPipeline, open_pipeline
from modeling.evaluation import evaluate
from modeling.export import export
from modeling.fitting import Reporter, fit
from modeling.layers.model_inputs import ModelInputs
from modeling.messages import Evaluation, TrainingRequest, TrainingResult
from modeling.network import build_network
from modeling.overrides import overridden
from modeling.versions import TrainedFrom, VersionManifest, describe_files, publish, published_by, staging

_LIBRARIES = ("tensorflow", "keras", "numpy", "scikit-learn", "tandem-modeling")


def train(storage: Storage, source_roots: list[str], request: TrainingRequest, context: JobContext) -> VersionManifest:
    """Train from a published dataset and publish the model's next version; nothing is left behind when that fails.

    Raises `NotFound` for a dataset that is not there, `UnusableLabel` for one that teaches nothing, `InvalidRequest` for a
    learning rate that leads nowhere or rules that a feature cannot have, `SourceChanged` and `Damaged` for data that is not what
    was published.
    """
    context.progress("open", 0.0)
    earlier = published_by(storage, request.model, context.job_id)
    if earlier is not None:
        return earlier
    dataset = open_dataset(storage, request.dataset)
    schema = overridden(dataset, request.features)
    keras.utils.set_random_seed(request.seed)
    clock = Clock()
    with staging(storage, request.model, context.job_id, context.attempt) as folder:
        statistics, vocabularies = dataset.statistics(), dataset.vocabularies()
        train_mean = _train_mean(dataset)
        model_inputs = ModelInputs(schema, statistics, vocabularies)
        network = build_network(request.network, model_inputs.number_width, model_inputs.sizes)
        with open_pipeline(dataset, model_inputs, source_roots) as pipeline:
            clock.mark("open")
            history = fit(network, pipeline, request, Reporter(context, request, pipeline.rows("train")))
            clock.mark("fit")
            context.progress("evaluate", 0.9)
            evaluation = _evaluate(network, pipeline, request.batch_size, train_mean, context)
            clock.mark("evaluate")
        context.progress("export", 0.96)
        export(schema, model_inputs, network, folder)
        clock.mark("export")
        result = TrainingResult(
            model=request.model,
            version=0,
            evaluation=evaluation,
            history=history,
            seconds=clock.seconds,
            examples_per_second=round(pipeline.rows("train") * request.epochs / max(clock.seconds["fit"], 1e-3), 1),
        )
        draft = _describe(dataset, schema, request, result, folder, job=context.job_id)
        context.progress("publish", 0.99)
        context.fence()
        return publish(storage, folder, draft)


class Clock:
    """Wall time by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def mark(self, phase: str) -> None:
        """The phase that ends now."""
        now = time.perf_counter()
        self.seconds[phase] = round(now - self._last, 3)
        self._last = now


def _train_mean(dataset: Dataset) -> float:
    """The mean label of the training split. Raises `UnusableLabel` where nothing can be learned."""
    label = dataset.statistics().splits["train"].label
    if label.count == 0:
        raise UnusableLabel(f"the training split of dataset {dataset.manifest.name!r} is empty", pointer="/dataset")
    if label.positives in (0, label.count):
        raise UnusableLabel(
            f"every label in the training split of dataset {dataset.manifest.name!r} is {int(label.mean)}",
            pointer="/dataset",
        )
    return label.mean


def _evaluate(
    network: keras.Model, pipeline: InputPipeline, batch_size: int, train_mean: float, context: JobContext
) -> Evaluation:
    labels: list[np.ndarray[Any, Any]] = [np.empty(0, np.float32)]
    log_odds: list[np.ndarray[Any, Any]] = [np.empty(0, np.float32)]
    if pipeline.rows("test"):
        for inputs, label in pipeline.evaluation("test", batch_size):
            context.check()
            labels.append(label.numpy())
            log_odds.append(network.predict_on_batch(inputs))
    found = np.concatenate(log_odds)
    if not np.all(np.isfinite(found)):
        raise InvalidRequest(
            "the model's predictions are not finite; a smaller learning rate may help", pointer="/learning_rate"
        )
    return evaluate(np.concatenate(labels), found, train_mean)


def _describe(
    dataset: Dataset, schema: Schema, request: TrainingRequest, result: TrainingResult, folder: Path, *, job: str
) -> VersionManifest:
    """The version's manifest, but for its number, which it gets when it is published."""
    return VersionManifest.model_validate(
        {
            "model": request.model,
            "version": result.version,
            "job": job,
            "created": datetime.now(UTC),
            "schema": schema,
            "dataset": TrainedFrom(name=dataset.manifest.name, fingerprint=dataset.manifest.fingerprint),
            "request": request,
            "result": result,
            "libraries": {"python": platform.python_version(), **{name: version_of(name) for name in _LIBRARIES}},
            "files": describe_files(folder),
        }
    )
