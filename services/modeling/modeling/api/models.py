"""Models and versions over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.api.predict_routing import StatusRoute
from modeling.api.version_report import report_page
from modeling.messages.trainings_and_models import (
    ModelList,
    ModelMetadata,
    ModelSpec,
    ModelStatus,
    ModelSummary,
    VersionEvaluation,
    VersionList,
    VersionStatus,
    VersionStatusDetail,
    VersionSummary,
)
from modeling.repository.versions import read_detail
from modeling.serving.registry import ModelRegistry

Model = Annotated[str, Path(description="The model's name.", examples=["flights"])]
Version = Annotated[int, Path(ge=1, description="The version's number.", examples=[1])]

router = APIRouter()
status_router = APIRouter(route_class=StatusRoute, tags=["models"])
"""TensorFlow Serving's model status and metadata."""


def storage_of(request: Request) -> Storage:
    """Where models are published. For `Depends`."""
    return request.app.state.storage


def registry_of(request: Request) -> ModelRegistry:
    """The versions that are loaded. For `Depends`."""
    return request.app.state.predictor.registry


StorageOf = Annotated[Storage, Depends(storage_of)]
RegistryOf = Annotated[ModelRegistry, Depends(registry_of)]


@router.get("/v1/models", tags=["models"], summary="Every model")
def list_models(registry: RegistryOf) -> ModelList:
    """Models without a published version are not listed, nor is one whose manifest is damaged: see its status."""
    found = [_summary(registry, name) for name in registry.names()]
    return ModelList(models=[summary for summary in found if summary is not None])


def _summary(registry: ModelRegistry, name: str) -> ModelSummary | None:
    try:
        manifest = registry.manifest(name)
        labels = registry.labels(name).labels
    except (CorruptData, NotFound):
        return None
    versions = registry.versions(name)
    return ModelSummary(
        name=name,
        versions=versions,
        newest=versions[-1],
        default=registry.default(name),
        labels=labels,
        dataset=manifest.dataset.name,
        created=manifest.created,
        evaluation=manifest.result.evaluation,
    )


@status_router.get("/v1/models/{model}", summary="The state of each version of a model")
def model_status(model: Model, registry: RegistryOf) -> ModelStatus:
    """TensorFlow Serving's model status."""
    return status_of(registry, model, list(reversed(registry.versions(model))))


@router.get(
    "/v1/models/{model}/versions", tags=["models"], summary="Each version of a model, with its metrics and labels"
)
def list_versions(model: Model, registry: RegistryOf) -> VersionList:
    """The newest version first."""
    return VersionList(versions=list(_versions(registry, model)))


def _versions(registry: ModelRegistry, model: str) -> Iterator[VersionSummary]:
    labels, default = registry.labels(model), registry.default(model)
    for number in reversed(registry.versions(model)):
        try:
            manifest = registry.manifest(model, number)
        except CorruptData:
            continue
        state, reason = registry.state(model, number)
        yield VersionSummary(
            version=number,
            state=state,
            reason=reason,
            default=number == default,
            labels=labels.of(number),
            created=manifest.created,
            dataset=manifest.dataset.name,
            network=manifest.request.network.kind,
            gate=manifest.result.gate,
            evaluation=manifest.result.evaluation,
        )


@status_router.get("/v1/models/{model}/versions/{version}", summary="The state of one version")
def version_status(model: Model, version: Version, registry: RegistryOf) -> ModelStatus:
    """TensorFlow Serving's model status, of one version."""
    if version not in registry.versions(model):
        raise NotFound(f"model {model!r} has no version {version}")
    return status_of(registry, model, [version])


def status_of(registry: ModelRegistry, model: str, versions: list[int]) -> ModelStatus:
    """TensorFlow Serving's status of versions. What is wrong with one, or was missed by it, stands in its `status`."""
    found: list[VersionStatus] = []
    for number in versions:
        state, reason = registry.state(model, number)
        detail = VersionStatusDetail(error_code="DATA_LOSS" if reason else "OK", error_message=reason)
        if not reason and (missed := _missed(registry, model, number)):
            detail = VersionStatusDetail(error_code="FAILED_PRECONDITION", error_message=f"missed its gate: {missed}")
        found.append(VersionStatus(version=str(number), state=state, status=detail))
    return ModelStatus(model_version_status=found)


def _missed(registry: ModelRegistry, model: str, version: int) -> str:
    try:
        gate = registry.manifest(model, version).result.gate
    except CorruptData:
        return ""
    return gate.reason if gate is not None else ""


@status_router.get("/v1/models/{model}/metadata", summary="Signatures, schema and metrics of the default version")
def model_metadata(model: Model, registry: RegistryOf) -> ModelMetadata:
    """TensorFlow Serving's model metadata, and ours."""
    return metadata_of(registry, model)


@status_router.get(
    "/v1/models/{model}/versions/{version}/metadata", summary="Signatures, schema and metrics of a version"
)
def version_metadata(model: Model, version: Version, registry: RegistryOf) -> ModelMetadata:
    """TensorFlow Serving's model metadata, and ours."""
    return metadata_of(registry, model, version=version)


def metadata_of(
    registry: ModelRegistry, model: str, *, version: int | None = None, label: str | None = None
) -> ModelMetadata:
    """TensorFlow Serving's metadata of the version of that number or label, else of the default one."""
    loaded = registry.get(model, version, label)
    signature_def: dict[str, Any] = {
        "@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
        "signature_def": loaded.signature_def,
    }
    return ModelMetadata(
        model_spec=ModelSpec(name=model, signature_name="", version=str(loaded.manifest.version)),
        metadata={"signature_def": signature_def},
        tandem=loaded.manifest.model_dump(mode="json", by_alias=True),
    )


@status_router.post("/v1/models/{model}:{verb}", include_in_schema=False)
@status_router.post("/v1/models/{model}/{by}/{which}:{verb}", include_in_schema=False)
def unknown_verb(verb: str) -> None:
    """Those that are known have routes before this one."""
    raise NotFound(f"there is no {verb[:60]!r}; known: predict, classify, regress, and of a whole model skew")


@router.get(
    "/v1/models/{model}/versions/{version}/evaluation",
    tags=["models"],
    summary="All that is known of how good a version is: metrics, curves, calibration, slices, importance",
)
def version_evaluation(model: Model, version: Version, registry: RegistryOf, storage: StorageOf) -> VersionEvaluation:
    """On the test split, which training never sees."""
    manifest = registry.manifest(model, version)
    return VersionEvaluation(
        model=model,
        version=version,
        evaluation=manifest.result.evaluation,
        gate=manifest.result.gate,
        detail=read_detail(storage, manifest),
    )


@router.get(
    "/v1/models/{model}/versions/{version}/report",
    tags=["models"],
    response_class=HTMLResponse,
    summary="A page about a version: how it learned, how good it is, where it comes from",
    description="One HTML file that needs nothing from outside itself.",
)
def version_report(model: Model, version: Version, registry: RegistryOf, storage: StorageOf) -> Response:
    """For people."""
    manifest = registry.manifest(model, version)
    labels, is_default = registry.labels(model).of(version), registry.default(model) == version
    return report_page(manifest, read_detail(storage, manifest), labels, is_default=is_default)
