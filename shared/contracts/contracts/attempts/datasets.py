"""Attempts of dataset jobs: what one has published, and the removal of the others."""

from __future__ import annotations

from contracts.attempts.settle import attempt_name, discard_attempt, settle_attempts
from contracts.cleanup import CleanupPolicy, sweep_attempts
from contracts.dataset.data_folder import DATASETS
from contracts.dataset.published import Dataset, open_dataset
from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage


def settle_dataset(storage: Storage, name: str, job: str, last: int) -> Dataset | None:
    """Return the dataset that an attempt of the job up to `last` has published; None if none has, and now none will.

    Removes the files of these attempts but the published one's.
    """
    settle_attempts(storage, f"{DATASETS}/{name}", job, last, lambda: _published(storage, name))
    try:
        dataset = open_dataset(storage, name)
    except (NotFound, CorruptData):
        return None
    return dataset if job_of(dataset) == job else None


def job_of(dataset: Dataset) -> str:
    """Return the id of the job that published a dataset."""
    return dataset.manifest.folder.rpartition("-")[0]


def discard_own_attempt(storage: Storage, name: str, job: str, attempt: int) -> None:
    """Remove the folder of one attempt, unless it has published: for the attempt itself, once it has failed."""
    parent = f"{DATASETS}/{name}"
    discard_attempt(storage, parent, attempt_name(job, attempt), lambda: _published(storage, name))
    storage.delete_empty_folder(parent)


def sweep_datasets(storage: Storage, policy: CleanupPolicy) -> list[str]:
    """Remove abandoned attempts that `policy` allows to remove. Return the removed paths."""
    return sweep_attempts(storage, DATASETS, lambda name: open_dataset(storage, name).manifest.folder, policy)


def _published(storage: Storage, name: str) -> str | None:
    try:
        return open_dataset(storage, name).manifest.folder
    except (NotFound, CorruptData):
        return None
