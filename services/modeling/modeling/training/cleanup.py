"""Results of trainings that crashed after publishing, and removal of killed ones' files. No TensorFlow here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chassis.jobs.job import Job
from contracts.attempts.settle import require_storage
from contracts.cleanup import CleanupPolicy, sweep_hidden
from contracts.errors import CorruptData
from contracts.messages.trainings import TrainingResponse
from contracts.storage import Storage
from modeling.repository.attempts import settle_version
from modeling.repository.claimed_numbers import FOLDER as CLAIMED_NUMBERS
from modeling.repository.folders import MODELS
from modeling.repository.labels import FOLDER as LABELS
from modeling.repository.retention import VersionRetention
from modeling.settings import ModelingSettings
from modeling.training.admission import assign_label
from modeling.training.state_folders import checkpoint_folder, discard_checkpoints


def settle(settings: ModelingSettings, job: Job) -> dict[str, Any] | None:
    """Return the response of a training of which an attempt has published, else None: see `chassis.jobs.kinds.Settle`."""
    storage = Storage(settings.storage)
    if job.may_have_published:
        require_storage(storage, MODELS)
    version = settle_version(storage, job.request["model"], job.id, job.attempt)
    if version is None or job.done:  # a job that is done has, or was refused, its label
        return None
    try:
        response = assign_label(storage, version)
    except CorruptData:
        response = TrainingResponse(**dict(version.result), label=None)
    return response.model_dump(mode="json")


def tidy_up(settings: ModelingSettings, job: Job) -> None:
    """Remove the checkpoints of a training that has ended."""
    discard_checkpoints(Path(settings.state), job.id)


def sweep(settings: ModelingSettings, policy: CleanupPolicy) -> list[str]:
    """Remove staged versions, half-written labels and claims, and checkpoints, as the policy allows, and versions past retention.

    Return the paths removed.
    """
    storage = Storage(settings.storage)
    removed = sweep_hidden(storage, MODELS, policy)
    for model in storage.folders(MODELS):
        of_model = sweep_hidden(storage, f"{MODELS}/{model}", policy)
        removed += of_model + sweep_hidden(storage, f"{MODELS}/{model}/{LABELS}", policy)
        if of_model:
            storage.delete_empty_folder(f"{MODELS}/{model}")
    for model in storage.folders(CLAIMED_NUMBERS):
        removed += sweep_hidden(storage, f"{CLAIMED_NUMBERS}/{model}", policy)
    retention = VersionRetention(settings.keep_versions, settings.keep_versions_days)
    return removed + retention.apply(storage) + _sweep_checkpoints(Path(settings.state), policy)


def _sweep_checkpoints(state: Path, policy: CleanupPolicy) -> list[str]:
    checkpoints = Storage(str(checkpoint_folder(state, "")))
    jobs = [job for job in checkpoints.folders("") if policy.may_go(job, checkpoints.changed(job))]
    for job in jobs:
        discard_checkpoints(state, job)
    return [str(checkpoint_folder(state, job)) for job in jobs]
