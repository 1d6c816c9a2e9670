"""Models and versions over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse

from chassis.access.caller import may
from chassis.access.needs import ANY_CALLER, Needs
from contracts.access.roles import Role
from contracts.base_model import Name
from contracts.errors import CorruptData, NotFound
from contracts.messages.evaluation import EvaluationDetail
from contracts.messages.models import (
    ModelList,
    ModelMetadata,
    ModelState,
    ModelStatus,
    VersionEvaluation,
    VersionList,
    VersionSummary,
)
from modeling.api.dependencies import Model, RegistryOf, RepositoryOf, Version
from modeling.api.predict_routing import StatusRoute
from modeling.api.version_status import metadata_of, status_of
from modeling.reports.dataset_models import dataset_models_page
from modeling.reports.links import PageLinks, links_of
from modeling.reports.version_changes import Evaluated, changes_page
from modeling.reports.version_report import report_page
from modeling.repository.labels import Labels
from modeling.repository.listings import Published
from modeling.repository.model_repository import ModelRepository
from modeling.repository.removal import state_tag
from modeling.repository.resolve_version import default_version
from modeling.repository.summaries import summarize_models
from modeling.repository.versions import VersionManifest, read_detail
from modeling.serving.registry import ModelRegistry

LinksOf = Annotated[PageLinks, Depends(links_of)]

router = APIRouter()
status_router = APIRouter(route_class=StatusRoute, tags=["models"])
"""TensorFlow Serving's model status and metadata."""


@router.get("/v1/models", tags=["models"], summary="Every model")
@Needs(Role.READ)
def list_models(repository: RepositoryOf) -> ModelList:
    """List the models with a published version, except those whose manifest is unreadable: see their status."""
    models = summarize_models(repository).models
    return ModelList(models=[model for model in models if may(Role.READ, model.name)])


@status_router.get("/v1/models/{model}", summary="The state of each version of a model")
@Needs(Role.READ, name="model")
def model_status(model: Model, registry: RegistryOf) -> ModelState:
    """Return TensorFlow Serving's model status, and KServe's `ready`."""
    status = status_of(registry, model, list(reversed(registry.repository.versions(model))))
    ready = registry.peek(model) is not None
    return ModelState(model_version_status=status.model_version_status, name=model, ready=ready)


@router.get(
    "/v1/models/{model}/versions", tags=["models"], summary="Each version of a model, with its metrics and labels"
)
@Needs(Role.READ, name="model")
def list_versions(model: Model, registry: RegistryOf, response: Response) -> VersionList:
    """List the versions, newest first. `ETag`: of all versions and labels, for `If-Match` of a removal."""
    published, labels = registry.repository.published(model), registry.repository.labels(model)
    if not published:
        raise NotFound(f"there is no model named {model!r}")
    response.headers["ETag"] = state_tag(published, labels)
    return VersionList(versions=list(_versions(registry, model, published, labels)))


def _versions(registry: ModelRegistry, model: str, published: Published, labels: Labels) -> Iterator[VersionSummary]:
    repository = registry.repository
    default = default_version(repository, model, published, labels)
    for number in reversed([*published]):
        try:
            manifest = repository.manifest(model, number)
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
@Needs(Role.READ, name="model")
def version_status(model: Model, version: Version, registry: RegistryOf) -> ModelStatus:
    """Return TensorFlow Serving's model status, of one version."""
    if version not in registry.repository.versions(model):
        raise NotFound(f"model {model!r} has no version {version}")
    return status_of(registry, model, [version])


@status_router.get("/v1/models/{model}/metadata", summary="Signatures, schema and metrics of the default version")
@Needs(Role.READ, name="model")
def model_metadata(model: Model, registry: RegistryOf) -> ModelMetadata:
    """Return TensorFlow Serving's model metadata, and the version's manifest."""
    return metadata_of(registry, model)


@status_router.get(
    "/v1/models/{model}/versions/{version}/metadata", summary="Signatures, schema and metrics of a version"
)
@Needs(Role.READ, name="model")
def version_metadata(model: Model, version: Version, registry: RegistryOf) -> ModelMetadata:
    """Return TensorFlow Serving's model metadata, and the version's manifest."""
    return metadata_of(registry, model, version=version)


@status_router.post("/v1/models/{model}:{verb}", include_in_schema=False)
@status_router.post("/v1/models/{model}/{by}/{which}:{verb}", include_in_schema=False)
@ANY_CALLER
def unknown_verb(verb: str) -> None:
    """Refuse a verb that none of the routes before this one has."""
    raise NotFound(f"unknown verb {verb[:60]!r}; known: predict, classify, regress, and skew of a whole model")


@router.get(
    "/v1/models/{model}/versions/{version}/evaluation",
    tags=["models"],
    summary="Evaluation of a version: metrics, curves, calibration, slices, importance",
)
@Needs(Role.READ, name="model")
def version_evaluation(model: Model, version: Version, repository: RepositoryOf) -> VersionEvaluation:
    """Return the evaluation on the test split, which training never sees."""
    manifest = repository.manifest(model, version)
    detail = _detail(repository, manifest)
    return VersionEvaluation(
        model=model,
        version=version,
        evaluation=manifest.result.evaluation,
        gate=manifest.result.gate,
        detail=detail,
    )


@router.get(
    "/v1/models/{model}/versions/{version}/report",
    tags=["models"],
    response_class=HTMLResponse,
    summary="Report of a version: learning curves, evaluation, lineage",
    description="One self-contained HTML file.",
)
@Needs(Role.READ, name="model")
def version_report(model: Model, version: Version, repository: RepositoryOf, links: LinksOf) -> Response:
    """Render the HTML report."""
    manifest = repository.manifest(model, version)
    labels = repository.labels(model)
    is_default = default_version(repository, model, labels=labels) == version
    detail = _detail(repository, manifest)
    return report_page(manifest, detail, labels.of(version), is_default=is_default, links=links)


@router.get(
    "/v1/models/{model}/versions/{version}/changes",
    tags=["models"],
    response_class=HTMLResponse,
    summary="What changed since another version: metrics, request, features, dataset, slices",
    description="One self-contained HTML file.",
)
@Needs(Role.READ, name="model")
def version_changes(
    model: Model,
    version: Version,
    repository: RepositoryOf,
    links: LinksOf,
    since: Annotated[
        int | None,
        Query(
            ge=1,
            description="The version to compare with. Default: the incumbent that the quality gate compared with, else the "
            "version before.",
        ),
    ] = None,
) -> Response:
    """Render the HTML page."""
    manifest = repository.manifest(model, version)
    other = repository.manifest(model, since or _incumbent(repository, manifest))
    new, old = (Evaluated(side, _detail(repository, side)) for side in (manifest, other))
    return changes_page(new, old, links)


@router.get("/datasets/{dataset}", include_in_schema=False)
@Needs(Role.READ, name="dataset")
def dataset_models(dataset: Name, repository: RepositoryOf, links: LinksOf) -> Response:
    """Render the page of the versions that were trained from a dataset."""
    return dataset_models_page(repository, dataset, links)


def _incumbent(repository: ModelRepository, manifest: VersionManifest) -> int:
    """Return the version that the gate compared with, if it is still there, else the published version before."""
    numbers = repository.versions(manifest.model)
    gate = manifest.result.gate
    if gate is not None and gate.compared is not None and gate.compared.version in numbers:
        return gate.compared.version
    before = [number for number in numbers if number < manifest.version]
    if not before:
        raise NotFound(f"model {manifest.model!r} has no version before {manifest.version}; name one by `since`")
    return before[-1]


def _detail(repository: ModelRepository, manifest: VersionManifest) -> EvaluationDetail:
    with repository.reading():
        return read_detail(repository.storage, manifest)
