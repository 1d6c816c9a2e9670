"""Trainings over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis.access.caller import require
from chassis.access.needs import Needs
from chassis.http.job_routes import IdempotencyKey, accepted, jobs_of
from chassis.jobs.queue import Jobs
from contracts.access.roles import Role
from contracts.dataset.published import open_dataset
from contracts.errors import NotFound
from contracts.messages.jobs import JobMessage
from contracts.messages.trainings import TrainingRequest
from modeling.api.dependencies import RepositoryOf, StorageOf
from modeling.job_kinds import TRAINING
from modeling.training.admission import admit, check_network
from modeling.training.feature_overrides import overridden

router = APIRouter()


@router.post(
    "/v1/trainings",
    tags=["trainings"],
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobMessage,
    summary="Train a model from a dataset",
    description=(
        "Starts a job; see its `Location`. Once it has succeeded, the model has one more version. It answers "
        "at once by its number, and is the default version unless it fails the quality gate, `require`."
    ),
)
@Needs(Role.TRAIN)
def post_training(
    body: TrainingRequest,
    jobs: Annotated[Jobs, Depends(jobs_of)],
    storage: StorageOf,
    repository: RepositoryOf,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Check that the training can run, then submit the job."""
    require(Role.TRAIN, body.model, pointer="/model")
    require(Role.READ, body.dataset, pointer="/dataset")
    repository.listings.require()
    try:
        dataset = open_dataset(storage, body.dataset)
    except NotFound as error:
        raise NotFound(error.message, pointer="/dataset") from error
    check_network(body.network, overridden(dataset, body.features))
    admit(storage, dataset, body)
    request = body.model_dump(mode="json")
    resource = f"models/{body.model}"
    return accepted(
        jobs.submit(TRAINING, request, resource=resource, idempotency_key=idempotency_key, timeout=body.timeout)
    )
