"""Triton's extensions over HTTP: the repository's index, model configurations and statistics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from chassis.access.caller import may_use
from chassis.access.needs import ANY_CALLER, Needs
from contracts.access.roles import Role
from contracts.errors import InvalidRequest, NotFound
from modeling.api.dependencies import Model, RegistryOf
from modeling.api.open_inference import TAGS, Version, json_response, version_in_path
from modeling.api.openapi.triton_extensions import CONFIG_OPENAPI, INDEX_OPENAPI, STATISTICS_OPENAPI
from modeling.api.predict_routing import ErrorRoute
from modeling.decoding.received import received
from modeling.protocols import json_body, triton_extensions
from modeling.serving.registry import ModelRegistry

router = APIRouter(route_class=ErrorRoute, tags=TAGS)
"""Before that of the protocol, in which `/v2/models/stats` would be a model of that name."""


@router.post(
    "/v2/repository/index",
    summary="Every version of every model, and whether it is ready",
    response_class=Response,
    openapi_extra=INDEX_OPENAPI,
)
@ANY_CALLER
async def repository_index(request: Request, registry: RegistryOf) -> Response:
    """List the versions; with `ready`, those that are in memory."""
    body = await request.body()
    return await run_in_threadpool(_index, registry, only_ready=_asks_for_ready(body))


def _asks_for_ready(body: bytes) -> bool:
    document = json_body.parse_object(body, "ready") if body.strip() else {}
    json_body.check_names(document, {"ready"})
    ready = document.get("ready", False)
    if not isinstance(ready, bool):
        raise InvalidRequest(f"ready must be true or false. Received: {received(ready)}")
    return ready


def _index(registry: ModelRegistry, *, only_ready: bool) -> Response:
    entries = [
        triton_extensions.index_entry(model, version, *registry.state(model, version))
        for model in registry.repository.names()
        if may_use(model)
        for version in registry.repository.numbers(model)
    ]
    return json_response([entry for entry in entries if entry["state"] == "READY" or not only_ready])


@router.post("/v2/repository/models/{model}/{verb}", include_in_schema=False)
@ANY_CALLER
def refuse_to_load(model: str, verb: str) -> None:
    """Refuse to load or unload by request, as Triton does where it polls its repository."""
    if verb not in {"load", "unload"}:
        raise NotFound(f"unknown verb {verb[:60]!r} of model {model[:60]!r}; known: load, unload")
    raise InvalidRequest(
        f"explicit model load / unload is not allowed: published versions are loaded by themselves. Received: {verb}"
    )


@router.get(
    "/v2/models/stats",
    summary="Statistics of every loaded version",
    response_class=Response,
    openapi_extra=STATISTICS_OPENAPI,
)
@ANY_CALLER
def all_statistics(registry: RegistryOf) -> Response:
    """Return counts and durations since each version was loaded."""
    return _statistics(registry)


@router.get(
    "/v2/models/{model}/stats",
    summary="Statistics of a model's loaded versions",
    response_class=Response,
    openapi_extra=STATISTICS_OPENAPI,
)
@Needs(Role.READ, name="model")
def model_statistics(model: Model, registry: RegistryOf) -> Response:
    """Return counts and durations since each version was loaded."""
    registry.get(model)
    return _statistics(registry, model)


def _statistics(registry: ModelRegistry, model: str | None = None) -> Response:
    """Return the statistics of the versions in memory, of one model or of all."""
    loaded = (
        registry.peek(name, version) for name, version in registry.loaded() if model in {None, name} and may_use(name)
    )
    return json_response(triton_extensions.statistics(version for version in loaded if version is not None))


@router.get(
    "/v2/models/{model}/versions/{version}/stats",
    summary="Statistics of a version",
    response_class=Response,
    openapi_extra=STATISTICS_OPENAPI,
)
@Needs(Role.READ, name="model")
def version_statistics(model: Model, version: Version, registry: RegistryOf) -> Response:
    """Return counts and durations since the version was loaded, which it is now if it was not."""
    return json_response(triton_extensions.statistics([registry.get(model, **version_in_path(version))]))


@router.get(
    "/v2/models/{model}/config",
    summary="The configuration of a model",
    response_class=Response,
    openapi_extra=CONFIG_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
def model_config(model: Model, registry: RegistryOf) -> Response:
    """Return the tensors in the form of Triton's configuration."""
    return json_response(triton_extensions.model_config(registry.get(model)))


@router.get(
    "/v2/models/{model}/versions/{version}/config",
    summary="The configuration of a version",
    response_class=Response,
    openapi_extra=CONFIG_OPENAPI,
)
@Needs(Role.PREDICT, name="model")
def version_config(model: Model, version: Version, registry: RegistryOf) -> Response:
    """Return the tensors in the form of Triton's configuration."""
    return json_response(triton_extensions.model_config(registry.get(model, **version_in_path(version))))
