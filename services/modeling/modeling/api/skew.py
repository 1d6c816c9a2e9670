"""Skew over HTTP. Only unwraps requests and wraps replies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from chassis.access.needs import Needs
from contracts.access.roles import Role
from contracts.messages.skew import Skew, SkewRequest
from modeling.api.dependencies import Model, RepositoryOf
from modeling.monitoring.prediction_log import PredictionLog
from modeling.repository.resolve_version import resolve_version
from modeling.skew.compare import skew

router = APIRouter(tags=["models"])


def _log(request: Request) -> PredictionLog | None:
    return request.app.state.prediction_log


@router.post(
    "/v1/models/{model}:skew",
    summary="Training/serving skew of a version",
    description=(
        "Per feature, from the prediction log, with the metrics that compare two datasets. `TANDEM_PREDICTION_LOG` "
        "sets the fraction of rows that is logged."
    ),
    responses={
        409: {"description": "No rows of the version are logged, or it was published without its training counts."}
    },
)
@Needs(Role.READ, name="model")
def post_skew(
    model: Model,
    repository: RepositoryOf,
    log: Annotated[PredictionLog | None, Depends(_log)],
    body: SkewRequest | None = None,
) -> Skew:
    """Compare served rows with training data; writes the rows that this process still holds first, so that they count."""
    request = body or SkewRequest()
    repository.listings.require()
    manifest = resolve_version(repository, model, request.version, request.label)
    if log is not None:
        log.flush()
    return skew(repository.storage, manifest, request)
