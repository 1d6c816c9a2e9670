"""Batch predictions over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from chassis.access.caller import may, require
from chassis.access.needs import Needs
from chassis.http.job_routes import IdempotencyKey, accepted, jobs_of
from chassis.jobs.queue import Jobs
from contracts.access.roles import Role
from contracts.base_model import Name
from contracts.dataset.rejected_rows import RejectedPage
from contracts.errors import NameTaken, NotFound
from contracts.messages.batch_predictions import BatchRequest, Predictions, PredictionsList
from contracts.messages.jobs import JobMessage
from contracts.storage import Storage
from modeling.api.dependencies import RepositoryOf
from modeling.batch_prediction.repository import (
    all_predictions,
    delete_predictions,
    read_predictions,
    read_rejected,
)
from modeling.job_kinds import BATCH_PREDICTION
from modeling.repository.resolve_version import resolve_version

PredictionsName = Annotated[Name, Path(description="The name of the predictions.", examples=["flights-of-june"])]

router = APIRouter(prefix="/v1/batch-predictions", tags=["batch predictions"])


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobMessage,
    summary="Predict for every row of files",
    description=(
        "Starts a job; see its `Location`. Its files appear in the storage all at once, one row for each row of the "
        "source, in its order. The version is chosen when the job begins, and stays the same to its end."
    ),
)
@Needs(Role.PREDICT)
def post_batch_prediction(
    body: BatchRequest,
    jobs: Annotated[Jobs, Depends(jobs_of)],
    repository: RepositoryOf,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Check that the version exists and the name is free, then submit the job."""
    require(Role.PREDICT, body.model, pointer="/model")
    require(Role.PREDICT, body.name, pointer="/name")
    repository.listings.require()
    resolve_version(repository, body.model, body.version, body.label)
    job = jobs.submit(
        BATCH_PREDICTION,
        body.model_dump(mode="json"),
        resource=f"batch-predictions/{body.name}",
        idempotency_key=idempotency_key,
        timeout=body.timeout,
        admit=lambda: _check_free(repository.storage, body.name),
    )
    return accepted(job)


def _check_free(storage: Storage, name: str) -> None:
    try:
        read_predictions(storage, name)
    except NotFound:
        return
    raise NameTaken(f"there are predictions named {name!r} already", pointer="/name")


@router.get("", summary="All published predictions")
@Needs(Role.PREDICT)
def list_predictions(repository: RepositoryOf) -> PredictionsList:
    """By name."""
    repository.listings.require()
    return PredictionsList(
        predictions=[made for made in all_predictions(repository.storage) if may(Role.PREDICT, made.name)]
    )


@router.get("/{name}", summary="Published predictions: files and lineage")
@Needs(Role.PREDICT, name="name")
def get_predictions(name: PredictionsName, repository: RepositoryOf) -> Predictions:
    """Return the manifest of predictions; their files are in the storage."""
    with repository.reading():
        return read_predictions(repository.storage, name)


@router.get("/{name}/rejected-rows", summary="Rows of the source that could not be read")
@Needs(Role.PREDICT, name="name")
def get_rejected_rows(
    name: PredictionsName,
    repository: RepositoryOf,
    offset: Annotated[int, Query(ge=0, description="Number of rows to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Maximum number of rows.")] = 100,
) -> RejectedPage:
    """Rows that the job skipped, as its `max_bad_records` allowed, in the order of the source."""
    storage = repository.storage
    with repository.reading():
        return RejectedPage.of(read_rejected(storage, read_predictions(storage, name)), offset, limit)


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT, summary="Remove published predictions")
@Needs(Role.ADMIN, name="name")
def remove_predictions(
    name: PredictionsName, repository: RepositoryOf, jobs: Annotated[Jobs, Depends(jobs_of)]
) -> Response:
    """Delete the manifest first, then the files. Their job has succeeded, even where it was not recorded yet."""
    with repository.reading():
        predictions = read_predictions(repository.storage, name)
    jobs.has_published(predictions.job, predictions.model_dump(mode="json"))
    delete_predictions(repository.storage, name)
    return Response(status_code=HTTPStatus.NO_CONTENT)
