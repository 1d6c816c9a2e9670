"""One batch prediction on one page: version, source, rows in, predictions out, publish."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from chassis.engine.engine import JobContext
from chassis.storage_faults import attempting
from contracts.errors import NameTaken, NotFound
from contracts.messages.batch_predictions import BatchRequest, Predictions
from contracts.storage import Storage
from modeling.batch_prediction.output import open_output
from modeling.batch_prediction.repository import (
    data_folder,
    discard_own_attempt,
    publish_predictions,
    read_predictions,
    settle_predictions,
)
from modeling.batch_prediction.skipped_rows import SkippedRows, skipping
from modeling.batch_prediction.table_rows import Table
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import load_default, named_version, no_default
from modeling.serving.binary_class import with_class
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion
from modeling.settings import ModelingSettings
from sources.arrays import Array

Predicted = tuple[dict[str, pa.Array], dict[str, Array], float]
"""Keys, outputs of the model, and the share of the source already read."""


def run(request: BatchRequest, context: JobContext, settings: ModelingSettings) -> dict[str, Any]:
    """Carry a batch-prediction job out; return its `Predictions` as JSON."""
    predictions = predict_files(Storage(settings.storage), settings.source_roots, request, context)
    return predictions.model_dump(mode="json")


def predict_files(storage: Storage, source_roots: list[str], request: BatchRequest, context: JobContext) -> Predictions:
    """Predict for every row of the request's files and publish the predictions; a failure leaves nothing behind.

    Rows that cannot be read are skipped as far as the request allows, and kept next to the predictions. Holds one batch in
    memory, and the rows that the reader of a file skipped. Raises `NotFound` for an unknown version, `CorruptData` for a broken
    one, `NameTaken`, and the errors of the files' readers.
    """
    begun = time.perf_counter()
    earlier = _published_before(storage, request, context)
    if earlier is not None:
        return earlier
    context.progress("open", 0.0)
    loaded = _load(ModelRepository(storage), request)
    decided = with_class(loaded.manifest, asked=request.classes, pointer="/classes")
    folder = data_folder(request.name, context.job_id, context.attempt)
    with attempting(
        lambda: storage.exists(folder),
        folder,
        lambda: discard_own_attempt(storage, request.name, context.job_id, context.attempt),
    ):
        storage.make_folder(folder)
        rows = 0
        own = Storage(storage.uri, makes_folders=False)
        with (
            skipping(own, folder, request.max_bad_records) as skipped,
            open_output(own, folder, request.format) as output,
        ):
            for keys, outputs, done in _predicted(loaded, request, source_roots, skipped):
                output.write(keys, decided(outputs))
                rows += len(next(iter(outputs.values())))
                context.progress("predict", 0.02 + 0.96 * done, rows=rows)
        manifest = Predictions(
            name=request.name,
            job=context.job_id,
            created=datetime.now(UTC),
            model=request.model,
            version=loaded.manifest.version,
            rows=rows,
            folder=folder,
            files=output.files,
            rejected=skipped.file,
            columns=output.columns,
            request=request,
            seconds=round(time.perf_counter() - begun, 3),
        )
        context.progress("publish", 0.99)
        context.fence()
        publish_predictions(storage, manifest)
    return manifest


def _load(repository: ModelRepository, request: BatchRequest) -> LoadedVersion:
    """Load the version that the request names, else the default one: as serving does, skipping those that cannot be loaded."""
    named = named_version(repository, request.model, request.version, request.label)
    if named is not None:
        return load(repository.storage, named)
    loaded = load_default(
        repository, request.model, lambda number: load(repository.storage, repository.manifest(request.model, number))
    )
    if loaded is None:
        raise no_default(repository, request.model, "/model")
    return loaded


def _published_before(storage: Storage, request: BatchRequest, context: JobContext) -> Predictions | None:
    """Return the predictions of an earlier attempt that published, or None; then none of them publishes any more.

    Raises `NameTaken` for another job's.
    """
    published = settle_predictions(storage, request.name, context.job_id, context.attempt - 1)
    if published is not None:
        return published
    with suppress(NotFound):
        read_predictions(storage, request.name)
        raise NameTaken(f"there are predictions named {request.name!r} already", pointer="/name")
    return None


def _predicted(
    loaded: LoadedVersion, request: BatchRequest, roots: list[str], skipped: SkippedRows
) -> Iterator[Predicted]:
    call = loaded.signatures[DEFAULT_SIGNATURE].call
    for rows in Table(request.source, request, loaded.manifest.schema_, roots).rows(skipped):
        yield rows.keys, call(*rows.values), rows.done
