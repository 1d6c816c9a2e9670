"""The modeling service over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.routing import APIRoute

from chassis.error_handlers import routes_answering_errors_with
from chassis.job_queue import Jobs
from chassis.job_routes import IdempotencyKey, JobMessage, accepted, jobs_of
from chassis.problems import Problem
from chassis.strict_json import reply_bytes
from contracts.dataset import open_dataset
from contracts.errors import Damaged, InvalidRequest, NotFound
from contracts.storage import Storage
from modeling.messages import (
    ModelList,
    ModelMetadata,
    ModelSpec,
    ModelStatus,
    ModelSummary,
    TrainingRequest,
    VersionStatus,
    VersionStatusDetail,
)
from modeling.overrides import overridden
from modeling.predict import Predictor
from modeling.predict_schema import PREDICT_OPENAPI
from modeling.serving import Serving
from modeling.versions import TRAINING

Model = Annotated[str, Path(description="The model's name.", examples=["flights"])]
Version = Annotated[int, Path(ge=1, description="The version's number.", examples=[1])]

router = APIRouter()


def _storage(request: Request) -> Storage:
    return request.app.state.storage


def _predictor(request: Request) -> Predictor:
    return request.app.state.predictor


def _serving(request: Request) -> Serving:
    return request.app.state.predictor.serving


@router.post(
    "/v1/trainings",
    tags=["trainings"],
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobMessage,
    summary="Train a model from a dataset",
    description="Starts a job; see its `Location`. Once it has succeeded, the model has one more version, which answers at once.",
)
def post_training(
    body: TrainingRequest,
    jobs: Annotated[Jobs, Depends(jobs_of)],
    storage: Annotated[Storage, Depends(_storage)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Look whether the dataset is there before a job is made of the request."""
    try:
        dataset = open_dataset(storage, body.dataset)
    except NotFound as error:
        raise NotFound(error.message, pointer="/dataset") from error
    overridden(dataset, body.features)
    request = body.model_dump(mode="json")
    return accepted(jobs.submit(TRAINING, request, resource=f"models/{body.model}", idempotency_key=idempotency_key))


@router.get("/v1/models", tags=["models"], summary="Every model, by its newest version")
def list_models(serving: Annotated[Serving, Depends(_serving)]) -> ModelList:
    """Models without a published version are not listed, nor is one whose newest manifest is damaged: see its status."""
    found = [_summary(serving, name) for name in serving.names()]
    return ModelList(models=[summary for summary in found if summary is not None])


def _summary(serving: Serving, name: str) -> ModelSummary | None:
    try:
        manifest = serving.manifest(name)
    except Damaged:
        return None
    return ModelSummary(
        name=name,
        versions=serving.versions(name),
        newest=manifest.version,
        dataset=manifest.dataset.name,
        created=manifest.created,
        evaluation=manifest.result.evaluation,
    )


@router.get("/v1/models/{model}", tags=["models"], summary="The state of each version of a model")
def model_status(model: Model, serving: Annotated[Serving, Depends(_serving)]) -> ModelStatus:
    """TensorFlow Serving's model status."""
    return _status(serving, model, list(reversed(serving.versions(model))))


@router.get("/v1/models/{model}/versions/{version}", tags=["models"], summary="The state of one version")
def version_status(model: Model, version: Version, serving: Annotated[Serving, Depends(_serving)]) -> ModelStatus:
    """TensorFlow Serving's model status, of one version."""
    if version not in serving.versions(model):
        raise NotFound(f"model {model!r} has no version {version}")
    return _status(serving, model, [version])


def _status(serving: Serving, model: str, versions: list[int]) -> ModelStatus:
    found: list[VersionStatus] = []
    for number in versions:
        state, reason = serving.state(model, number)
        detail = VersionStatusDetail(error_code="DATA_LOSS" if reason else "OK", error_message=reason)
        found.append(VersionStatus(version=str(number), state=state, status=detail))
    return ModelStatus(model_version_status=found)


@router.get(
    "/v1/models/{model}/metadata", tags=["models"], summary="Signatures, schema and metrics of the newest version"
)
def model_metadata(model: Model, serving: Annotated[Serving, Depends(_serving)]) -> ModelMetadata:
    """TensorFlow Serving's model metadata, and ours."""
    return _metadata(serving, model, None)


@router.get(
    "/v1/models/{model}/versions/{version}/metadata",
    tags=["models"],
    summary="Signatures, schema and metrics of a version",
)
def version_metadata(model: Model, version: Version, serving: Annotated[Serving, Depends(_serving)]) -> ModelMetadata:
    """TensorFlow Serving's model metadata, and ours."""
    return _metadata(serving, model, version)


def _metadata(serving: Serving, model: str, version: int | None) -> ModelMetadata:
    loaded = serving.get(model, version)
    signature_def: dict[str, Any] = {
        "@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
        "signature_def": loaded.signature_def,
    }
    return ModelMetadata(
        model_spec=ModelSpec(name=model, signature_name="", version=str(loaded.manifest.version)),
        metadata={"signature_def": signature_def},
        tandem=loaded.manifest.model_dump(mode="json", by_alias=True),
    )


def _render_error(problem: Problem) -> Response:
    """TensorFlow Serving's form of an error; what is wrong with a body is 400 there."""
    status = problem.status if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus.BAD_REQUEST
    return Response(reply_bytes({"error": problem.detail}), status_code=status, media_type="application/json")


_AnsweringRoute = routes_answering_errors_with(_render_error)


class DirectRoute(APIRoute):
    """Calls its endpoint with the request and the path's parameters as text, past FastAPI's reading and checking of both.

    For predict, which reads its body by hand. The OpenAPI page is made from the endpoint's signature all the same.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See the class."""
        endpoint = self.endpoint

        async def call(request: Request) -> Response:
            return await endpoint(request=request, **request.path_params)

        return call


class PredictRoute(_AnsweringRoute, DirectRoute):  # pyright: ignore[reportGeneralTypeIssues]  # it cannot see the first's bases
    """Direct, and with errors as TensorFlow Serving has them."""


predict_router = APIRouter(route_class=PredictRoute, tags=["predict"])


@predict_router.post(
    "/v1/models/{model}:predict",
    response_class=Response,
    openapi_extra=PREDICT_OPENAPI,
    summary="Predict with the newest version",
    description="TensorFlow Serving's predict: rows under `instances`, or columns under `inputs`.",
)
async def predict(model: Model, request: Request) -> Response:
    """Only hands the body on: building columns straight from it is faster than any model of it."""
    reply = await _predictor(request).predict(model, None, await request.body())
    return Response(reply, media_type="application/json")


@predict_router.post(
    "/v1/models/{model}/versions/{version}:predict",
    response_class=Response,
    openapi_extra=PREDICT_OPENAPI,
    summary="Predict with a version",
    description="TensorFlow Serving's predict: rows under `instances`, or columns under `inputs`.",
)
async def predict_with_version(
    model: Model,
    version: Annotated[str, Path(pattern="^[1-9][0-9]*$", description="The version's number.", examples=["1"])],
    request: Request,
) -> Response:
    """As `predict`."""
    if not (version.isascii() and version.isdigit() and len(version) < 20):
        raise InvalidRequest(f"a version is a whole number. Received: {version[:60]!r}")
    reply = await _predictor(request).predict(model, int(version), await request.body())
    return Response(reply, media_type="application/json")
