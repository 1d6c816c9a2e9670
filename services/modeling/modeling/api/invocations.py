"""Routes that name no model: those of SageMaker and MLflow, and those that Vertex AI chooses. Never imports TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import Enum
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.access.caller import require
from chassis.access.needs import OPEN, Needs
from chassis.strict_json import reply_bytes
from contracts.access.roles import Role
from contracts.errors import NotFound, Unavailable
from modeling.api.dependencies import predictor_of
from modeling.api.openapi.invocations import INVOCATIONS_OPENAPI, PING_OPENAPI
from modeling.api.predict_routing import (
    ErrorRoute,
    PredictRoute,
    asks_for_class,
    asks_to_explain,
    body_decoder,
    is_ready,
    respond,
)
from modeling.protocols import invocations
from modeling.serving.registry import ModelRegistry
from modeling.settings import ModelingSettings

_TAGS: list[str | Enum] = ["sagemaker, mlflow and vertex ai"]
_ANSWERS = (
    "Served by the model of the setting `TANDEM_DEFAULT_MODEL`, else by the only one there is; "
    "of its versions, by the default one."
)


def make_router(settings: ModelingSettings) -> APIRouter:
    """Make the routes; those of Vertex AI at the paths of `AIP_PREDICT_ROUTE` and `AIP_HEALTH_ROUTE`, if they are set."""
    invoke = _invoke_with(settings.default_model)
    router = APIRouter(route_class=ErrorRoute, tags=_TAGS)
    for path in ("/ping", "/health"):
        _add_ping(router, path, "The service can predict", f"{path} of SageMaker and MLflow.")
    predict_router = APIRouter(route_class=PredictRoute, tags=_TAGS)
    description = (
        "Bodies of SageMaker, MLflow, TensorFlow Serving and Vertex AI, in JSON, JSON lines or CSV. " + _ANSWERS
    )
    _add_predict(predict_router, "/invocations", invoke, description)
    if settings.vertex_predict_route is not None and settings.vertex_predict_route != "/invocations":
        description = "The route that Vertex AI chose by `AIP_PREDICT_ROUTE`. " + _ANSWERS
        _add_predict(predict_router, settings.vertex_predict_route, invoke, description)
    if settings.vertex_health_route is not None and settings.vertex_health_route not in {"/ping", "/health"}:
        _add_ping(
            router,
            settings.vertex_health_route,
            "The service can predict",
            "The route that Vertex AI chose by `AIP_HEALTH_ROUTE`.",
        )
    router.include_router(predict_router)
    return router


def _add_ping(router: APIRouter, path: str, summary: str, description: str) -> None:
    router.add_api_route(
        path,
        _ping,
        methods=["GET"],
        name="ping",
        summary=summary,
        description=description,
        response_class=Response,
        openapi_extra=PING_OPENAPI,
    )


_Invoke = Callable[[Request], Coroutine[Any, Any, Response]]


def _add_predict(router: APIRouter, path: str, invoke: _Invoke, description: str) -> None:
    router.add_api_route(
        path,
        invoke,
        methods=["POST"],
        name="invoke",
        summary="Predict with the default model",
        description=description,
        response_class=Response,
        openapi_extra=INVOCATIONS_OPENAPI,
    )


@OPEN
def _ping(request: Request) -> Response:
    ready = is_ready(request)
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(
        reply_bytes({"status": "ready" if ready else "unready"}), status_code=status, media_type="application/json"
    )


def _invoke_with(default_model: str | None) -> _Invoke:
    @Needs(Role.PREDICT)
    async def invoke(request: Request) -> Response:
        predictor = predictor_of(request)
        model = default_model or only_model(predictor.registry)
        require(Role.PREDICT, model)
        headers = invocations.Headers(request.headers.get("content-type", ""), request.headers.get("accept", ""))
        explain, classes = asks_to_explain(request), asks_for_class(request)
        decode = await body_decoder(
            request, lambda body: invocations.invoke(body, headers, explain=explain, classes=classes)
        )
        return respond(await predictor.predict(model, decode))

    return invoke


def only_model(registry: ModelRegistry) -> str:
    """Return the only loaded model. Raises `NotFound` for none or several, `Unavailable` before the first poll is over."""
    names = registry.loaded_models
    if len(names) == 1:
        return names[0]
    if not registry.is_ready:
        raise Unavailable("the service has just started and is still loading its models")
    if not names:
        raise NotFound("no model is loaded yet")
    shown = ", ".join(sorted(names)[:5])
    raise NotFound(
        f"this path names no model, and there are {len(names)} ({shown}); set TANDEM_DEFAULT_MODEL to the one that serves "
        "it, or call /v1/models/…:predict"
    )
