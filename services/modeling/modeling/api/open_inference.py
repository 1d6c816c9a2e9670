"""The Open Inference Protocol, version 2, over HTTP. TensorFlow is never imported here."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from chassis.access.needs import ANY_CALLER, OPEN, Needs
from chassis.strict_json import reply_bytes
from contracts.access.roles import Role
from contracts.errors import Unavailable
from modeling.api.dependencies import Model, predictor_of
from modeling.api.openapi.open_inference import (
    INFER_OPENAPI,
    LIVE_OPENAPI,
    METADATA_OPENAPI,
    MODEL_READY_OPENAPI,
    READY_OPENAPI,
    SERVER_OPENAPI,
)
from modeling.api.predict_routing import (
    ErrorRoute,
    PredictRoute,
    asks_for_class,
    asks_to_explain,
    body_decoder,
    is_ready,
    respond,
)
from modeling.protocols import open_inference, triton_extensions

Version = Annotated[str, Path(description="The version's number, or a label.", examples=["1", "champion"])]

TAGS: list[str | Enum] = ["open inference protocol"]
EXTENSIONS = [*open_inference.EXTENSIONS, *triton_extensions.EXTENSIONS]
_infer_router = APIRouter(route_class=PredictRoute, tags=TAGS)
router = APIRouter(route_class=ErrorRoute, tags=TAGS)


def json_response(value: object, status: int = HTTPStatus.OK) -> Response:
    """Return a reply whose body is the value as JSON."""
    return Response(reply_bytes(value), status_code=status, media_type="application/json")


@router.get(
    "/v2", summary="Name, version and extensions of the server", response_class=Response, openapi_extra=SERVER_OPENAPI
)
@ANY_CALLER
def server_metadata(request: Request) -> Response:
    """Name the extensions, which are Triton's; `binary_tensor_data` is that for tensors as bytes."""
    return json_response({"name": "tandem", "version": request.app.version, "extensions": EXTENSIONS})


@router.get("/v2/health/live", summary="The server is alive", response_class=Response, openapi_extra=LIVE_OPENAPI)
@OPEN
def live() -> Response:
    """Report liveness, as `/health/live`."""
    return json_response({"live": True})


@router.get("/v2/health/ready", summary="The server can infer", response_class=Response, openapi_extra=READY_OPENAPI)
@OPEN
def ready(request: Request) -> Response:
    """Report readiness: from the end of the first load until shutdown begins. `storage` tells why the storage is away."""
    is_up, away = is_ready(request), predictor_of(request).registry.storage_away
    body = {"live": True, "ready": is_up, **({} if away is None else {"storage": f"away: {away}"})}
    return json_response(body, HTTPStatus.OK if is_up else HTTPStatus.SERVICE_UNAVAILABLE)


@router.get(
    "/v2/models/{model}",
    summary="The tensors of a model",
    response_class=Response,
    openapi_extra=METADATA_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
def model_metadata(model: Model, request: Request) -> Response:
    """Return the tensors: one input of [rows] per raw feature, missing where it is left out."""
    return _metadata(request, model)


@router.get(
    "/v2/models/{model}/versions/{version}",
    summary="The tensors of a version",
    response_class=Response,
    openapi_extra=METADATA_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
def version_metadata(model: Model, version: Version, request: Request) -> Response:
    """Return the tensors of a version."""
    return _metadata(request, model, version)


def _metadata(request: Request, model: str, version: str | None = None) -> Response:
    registry = predictor_of(request).registry
    loaded = registry.get(model, **version_in_path(version))
    return json_response(open_inference.metadata(loaded, registry.repository.versions(model)))


@router.get(
    "/v2/models/{model}/ready",
    summary="A model can infer",
    response_class=Response,
    openapi_extra=MODEL_READY_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
def model_ready(model: Model, request: Request) -> Response:
    """Report whether the default version can infer."""
    return _model_ready(request, model)


@router.get(
    "/v2/models/{model}/versions/{version}/ready",
    summary="A version can infer",
    response_class=Response,
    openapi_extra=MODEL_READY_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
def version_ready(model: Model, version: Version, request: Request) -> Response:
    """Load the version if it is not loaded yet."""
    return _model_ready(request, model, version)


def _model_ready(request: Request, model: str, version: str | None = None) -> Response:
    try:
        predictor_of(request).registry.get(model, **version_in_path(version))
    except Unavailable:
        return json_response({"name": model, "ready": False}, HTTPStatus.SERVICE_UNAVAILABLE)
    return json_response({"name": model, "ready": True})


def version_in_path(version: str | None) -> dict[str, Any]:
    """Read the version in a path, any text in this protocol: a number, else a label."""
    if version is None:
        return {}
    is_number = version.isascii() and version.isdigit() and len(version) < 20
    return {"version": int(version)} if is_number else {"label": version}


@_infer_router.post(
    "/v2/models/{model}/infer",
    summary="Infer with the default version",
    description=(
        "A tensor of [rows] or [rows, 1] per raw feature, as JSON, flat or nested, or as bytes behind the JSON "
        f"(`{open_inference.HEADER_LENGTH}`). A feature without a tensor is missing, as are null, NaN and empty text."
    ),
    response_class=Response,
    openapi_extra=INFER_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
async def infer(model: Model, request: Request) -> Response:
    """Infer, and reply in the protocol's form."""
    return await _infer(request, model)


@_infer_router.post(
    "/v2/models/{model}/versions/{version}/infer",
    summary="Infer with a version",
    description="As with the default version.",
    response_class=Response,
    openapi_extra=INFER_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
async def infer_with_version(model: Model, version: Version, request: Request) -> Response:
    """Infer, and reply in the protocol's form."""
    return await _infer(request, model, version)


async def _infer(request: Request, model: str, version: str | None = None) -> Response:
    header = request.headers.get(open_inference.HEADER_LENGTH)
    explain, classes = asks_to_explain(request), asks_for_class(request)
    decode = await body_decoder(
        request, lambda body: open_inference.infer(body, header, explain=explain, classes=classes)
    )
    return respond(await predictor_of(request).predict(model, decode, **version_in_path(version)))


router.include_router(_infer_router)
