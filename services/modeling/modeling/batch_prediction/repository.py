"""Predictions in the storage. The manifest is written last and publishes them: without it there are none.

predictions/{name}/manifest.json
                  /{job}-{attempt}/part-00000.parquet
                                  /rejected.jsonl      rows that were skipped: `contracts.dataset.rejected_rows`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from chassis.jobs.job import Job
from contracts.attempts.publish import publish_manifest
from contracts.attempts.settle import attempt_name, discard_attempt, require_storage, settle_attempts
from contracts.cleanup import CleanupPolicy, sweep_attempts
from contracts.dataset.rejected_rows import RejectedRow, from_lines
from contracts.errors import CorruptData, NotFound
from contracts.messages.batch_predictions import Predictions
from contracts.storage import Storage
from modeling.settings import ModelingSettings

FOLDER = "predictions"
MANIFEST = "manifest.json"


def data_folder(name: str, job: str, attempt: int) -> str:
    """Return the folder of the files of a job's attempt."""
    return f"{FOLDER}/{name}/{attempt_name(job, attempt)}"


def read_predictions(storage: Storage, name: str) -> Predictions:
    """Return the predictions published under a name. Raises `NotFound`, `CorruptData`."""
    path = f"{FOLDER}/{name}/{MANIFEST}"
    try:
        return Predictions.model_validate_json(storage.read(path))
    except NotFound as error:
        raise NotFound(f"there are no predictions named {name!r}") from error
    except ValidationError as error:
        raise CorruptData(f"{path} is not a manifest of predictions: {error}") from error


def read_rejected(storage: Storage, predictions: Predictions) -> list[RejectedRow]:
    """Return the rows that were skipped, in the order of the source. Raises `CorruptData` for a file that is another now."""
    file = predictions.rejected
    if file is None:
        return []
    data = storage.read(file.path)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise CorruptData(f"{file.path} is not the file that was published")
    return from_lines(data)


def all_predictions(storage: Storage) -> Iterator[Predictions]:
    """Yield all published predictions, by name; corrupt ones are skipped."""
    for name in storage.folders(FOLDER):
        try:
            yield read_predictions(storage, name)
        except (NotFound, CorruptData):
            continue


def publish_predictions(storage: Storage, manifest: Predictions) -> None:
    """Publish predictions atomically. Raises as `publish_manifest`: `NameTaken` if others were published under the name first."""
    written = [*manifest.files, *([manifest.rejected] if manifest.rejected is not None else [])]
    files = {file.path: file.bytes for file in written}
    path = f"{FOLDER}/{manifest.name}/{MANIFEST}"
    publish_manifest(storage, manifest.folder, path, manifest.model_dump_json(indent=1).encode(), files)


def delete_predictions(storage: Storage, name: str) -> None:
    """Delete the manifest first, then the files. Raises `NotFound`."""
    folder = read_predictions(storage, name).folder
    storage.delete_file(f"{FOLDER}/{name}/{MANIFEST}")
    storage.delete_folder(folder)
    storage.delete_empty_folder(f"{FOLDER}/{name}")


def settle_predictions(storage: Storage, name: str, job: str, last: int) -> Predictions | None:
    """Return what an attempt of the job up to `last` has published; None if none has, and now none will.

    Removes the files of these attempts but the published one's.
    """
    settle_attempts(storage, f"{FOLDER}/{name}", job, last, lambda: _published(storage, name))
    try:
        predictions = read_predictions(storage, name)
    except (NotFound, CorruptData):
        return None
    return predictions if predictions.job == job else None


def discard_own_attempt(storage: Storage, name: str, job: str, attempt: int) -> None:
    """Remove the folder of one attempt, unless it has published: for the attempt itself, once it has failed."""
    parent = f"{FOLDER}/{name}"
    discard_attempt(storage, parent, attempt_name(job, attempt), lambda: _published(storage, name))
    storage.delete_empty_folder(parent)


def _published(storage: Storage, name: str) -> str | None:
    try:
        return read_predictions(storage, name).folder.rpartition("/")[2]
    except (NotFound, CorruptData):
        return None


def settle(settings: ModelingSettings, job: Job) -> dict[str, Any] | None:
    """Return the response of a batch prediction of which an attempt has published, else None: see `chassis.jobs.kinds.Settle`."""
    storage = Storage(settings.storage)
    if job.may_have_published:
        require_storage(storage, FOLDER)
    predictions = settle_predictions(storage, job.request["name"], job.id, job.attempt)
    return None if predictions is None else predictions.model_dump(mode="json")


def sweep(settings: ModelingSettings, policy: CleanupPolicy) -> list[str]:
    """Remove predictions that were never published, where the policy allows it, and those past retention.

    Returns the paths removed.
    """
    storage = Storage(settings.storage)

    def published(name: str) -> str:
        return read_predictions(storage, name).folder.rpartition("/")[2]

    return sweep_attempts(storage, FOLDER, published, policy) + remove_expired(storage, settings.keep_predictions_days)


def remove_expired(storage: Storage, days: float | None) -> list[str]:
    """Remove predictions older than an age, of which None keeps all; return their folders."""
    if days is None:
        return []
    oldest = datetime.now(UTC) - timedelta(days=days)
    expired = [one for one in all_predictions(storage) if one.created < oldest]
    for predictions in expired:
        with suppress(NotFound):  # somebody else was faster
            delete_predictions(storage, predictions.name)
    return [predictions.folder for predictions in expired]
