"""Where predictions lie, and how they become visible: the manifest is written last, and there are none without it.

predictions/{name}/manifest.json
/{job}-{attempt}/part-00000.parquet
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from chassis.jobs.job import Job
from contracts.cleanup import CleanupPolicy, sweep_attempts
from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.batch_prediction.messages import Predictions
from modeling.settings import ModelingSettings

FOLDER = "predictions"
MANIFEST = "manifest.json"


def data_folder(name: str, job: str, attempt: int) -> str:
    """Where an attempt of a job writes its files."""
    return f"{FOLDER}/{name}/{job}-{attempt}"


def read_predictions(storage: Storage, name: str) -> Predictions:
    """What was published under a name. Raises `NotFound`, `CorruptData`."""
    path = f"{FOLDER}/{name}/{MANIFEST}"
    try:
        return Predictions.model_validate_json(storage.read(path))
    except NotFound as error:
        raise NotFound(f"there are no predictions named {name!r}") from error
    except ValidationError as error:
        raise CorruptData(f"{path} is not a manifest of predictions: {error}") from error


def all_predictions(storage: Storage) -> Iterator[Predictions]:
    """Everything that is published, by name; what is damaged says so when it is asked for by name."""
    for name in storage.folders(FOLDER):
        try:
            yield read_predictions(storage, name)
        except (NotFound, CorruptData):
            continue


def publish_predictions(storage: Storage, manifest: Predictions) -> None:
    """Make them visible, all at once. Raises `NameTaken` if others were published under the name first."""
    storage.publish(f"{FOLDER}/{manifest.name}/{MANIFEST}", manifest.model_dump_json(indent=1).encode())


def delete_predictions(storage: Storage, name: str) -> None:
    """Take the manifest away first, then the files. Raises `NotFound`."""
    folder = read_predictions(storage, name).folder
    storage.delete_file(f"{FOLDER}/{name}/{MANIFEST}")
    storage.delete_folder(folder)
    storage.delete_empty_folder(f"{FOLDER}/{name}")


def discard_unpublished(storage: Storage, name: str, job: str) -> None:
    """Remove what the attempts of a job left that were not published. Safe to call twice."""
    try:
        kept = read_predictions(storage, name).folder
    except (NotFound, CorruptData):
        kept = None
    for found in storage.folders(f"{FOLDER}/{name}"):
        path = f"{FOLDER}/{name}/{found}"
        if found.startswith(f"{job}-") and path != kept:
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
