"""Predictions in the storage. The manifest is written last and publishes them: without it there are none.

predictions/{name}/manifest.json
/{job}-{attempt}/part-00000.parquet
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from chassis.jobs.job import Job
from contracts.cleanup import CleanupPolicy, sweep_attempts
from contracts.errors import CorruptData, NotFound
from contracts.messages.batch_predictions import Predictions
from contracts.storage import Storage
from modeling.settings import ModelingSettings

FOLDER = "predictions"
MANIFEST = "manifest.json"


def data_folder(name: str, job: str, attempt: int) -> str:
    """Return the folder of the files of a job's attempt."""
    return f"{FOLDER}/{name}/{job}-{attempt}"


def read_predictions(storage: Storage, name: str) -> Predictions:
    """Return the predictions published under a name. Raises `NotFound`, `CorruptData`."""
    path = f"{FOLDER}/{name}/{MANIFEST}"
    try:
        return Predictions.model_validate_json(storage.read(path))
    except NotFound as error:
        raise NotFound(f"there are no predictions named {name!r}") from error
    except ValidationError as error:
        raise CorruptData(f"{path} is not a manifest of predictions: {error}") from error


def all_predictions(storage: Storage) -> Iterator[Predictions]:
    """Yield all published predictions, by name; corrupt ones are skipped."""
    for name in storage.folders(FOLDER):
        try:
            yield read_predictions(storage, name)
        except (NotFound, CorruptData):
            continue


def publish_predictions(storage: Storage, manifest: Predictions) -> None:
    """Publish predictions atomically. Raises `NameTaken` if others were published under the name first."""
    storage.publish(f"{FOLDER}/{manifest.name}/{MANIFEST}", manifest.model_dump_json(indent=1).encode())


def delete_predictions(storage: Storage, name: str) -> None:
    """Delete the manifest first, then the files. Raises `NotFound`."""
    folder = read_predictions(storage, name).folder
    storage.delete_file(f"{FOLDER}/{name}/{MANIFEST}")
    storage.delete_folder(folder)
    storage.delete_empty_folder(f"{FOLDER}/{name}")


def discard_unpublished(storage: Storage, name: str, job: str) -> None:
    """Remove the files of a job's unpublished attempts. Idempotent."""
    try:
        kept = read_predictions(storage, name).folder
    except (NotFound, CorruptData):
        kept = None
    for attempt in storage.folders(f"{FOLDER}/{name}"):
        path = f"{FOLDER}/{name}/{attempt}"
        if attempt.startswith(f"{job}-") and path != kept:
            storage.delete_folder(path)
    storage.delete_empty_folder(f"{FOLDER}/{name}")


def tidy_up(settings: ModelingSettings, job: Job) -> None:
    """Remove the files of a batch prediction that ended without success."""
    discard_unpublished(Storage(settings.storage), job.request["name"], job.id)


def sweep(settings: ModelingSettings, policy: CleanupPolicy) -> list[str]:
    """Remove predictions that were never published, where the policy allows it. Returns the paths removed."""
    storage = Storage(settings.storage)

    def published(name: str) -> str:
        return read_predictions(storage, name).folder.rpartition("/")[2]

    return sweep_attempts(storage, FOLDER, published, policy)
