"""Skew over HTTP. Only unwraps requests and wraps replies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

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
    summary="How what is served differs from what the model was trained on",
    description=(
        "Feature by feature, from the prediction log: by the formulas that compare two datasets. `TANDEM_PREDICTION_LOG` "
        "says which share of the rows is logged."
    ),
    responses={
        409: {"description": "Nothing is logged of the version, or it was published without what it was trained on."}
    },
)
def post_skew(
    model: Model,
    repository: RepositoryOf,
    log: Annotated[PredictionLog | None, Depends(_log)],
    body: SkewRequest | None = None,
) -> Skew:
    """What this process holds of the log is written first, so that it counts too."""
    request = body or SkewRequest()
    manifest = resolve_version(repository, model, request.version, request.label)
    if log is not None:
        log.flush()
    return skew(repository.storage, manifest, request)
