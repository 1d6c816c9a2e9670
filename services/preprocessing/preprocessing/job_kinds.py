"""The kinds of jobs of this service. Imports no Spark and no routes: see `chassis.jobs.kinds`."""

from __future__ import annotations

from chassis.jobs.job import Job
from chassis.jobs.kinds import JobKind, JobKinds
from contracts.cleanup import CleanupPolicy
from contracts.dataset import discard_unpublished, sweep_datasets
from contracts.messages.datasets import DatasetRequest
from contracts.storage import Storage
from preprocessing.settings import PreprocessingSettings


def _tidy_up(settings: PreprocessingSettings, job: Job) -> None:
    discard_unpublished(Storage(settings.storage), job.request["name"], job.id)


def _sweep(settings: PreprocessingSettings, policy: CleanupPolicy) -> list[str]:
    return sweep_datasets(Storage(settings.storage), policy)


DATASET = JobKind(
    name="dataset",
    request=DatasetRequest,
    run="preprocessing.pipeline:run",
    routes="preprocessing.api.datasets:router",
    tidy_up=_tidy_up,
    sweep=_sweep,
)

KINDS = JobKinds(DATASET)
