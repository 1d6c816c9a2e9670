"""The kinds of jobs of this service. Imports no Spark and no routes: see `chassis.jobs.kinds`."""

from __future__ import annotations

from typing import Any

from chassis.jobs.job import Job
from chassis.jobs.kinds import JobKind, JobKinds
from contracts.attempts.datasets import settle_dataset, sweep_datasets
from contracts.attempts.settle import require_storage
from contracts.cleanup import CleanupPolicy
from contracts.dataset.data_folder import DATASETS
from contracts.messages.datasets import DatasetRequest
from contracts.storage import Storage
from preprocessing.dataset_summary import summary
from preprocessing.settings import PreprocessingSettings


def _settle(settings: PreprocessingSettings, job: Job) -> dict[str, Any] | None:
    storage = Storage(settings.storage)
    if job.may_have_published:
        require_storage(storage, DATASETS)
    dataset = settle_dataset(storage, job.request["name"], job.id, job.attempt)
    return None if dataset is None else summary(dataset)


def _sweep(settings: PreprocessingSettings, policy: CleanupPolicy) -> list[str]:
    return sweep_datasets(Storage(settings.storage), policy)


DATASET = JobKind(
    name="dataset",
    request=DatasetRequest,
    run="preprocessing.pipeline:run",
    routes="preprocessing.api.datasets:router",
    settle=_settle,
    sweep=_sweep,
)

KINDS = JobKinds(DATASET)
