"""Removal of models and versions over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from chassis.access.needs import Needs
from chassis.http.job_routes import jobs_of
from chassis.http.preconditions import IfMatchOf
from chassis.jobs.queue import Jobs
from contracts.access.roles import Role
from contracts.errors import CorruptData, NotFound
from contracts.messages.models import Removal
from contracts.messages.trainings import TrainingResponse
from modeling.api.dependencies import Model, RegistryOf, Version
from modeling.repository.model_repository import ModelRepository
from modeling.repository.removal import check_unused, plan_removal, remove_versions, state_tag

router = APIRouter(tags=["models"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "A version has a label or is the default, and `force` is not set."},
    412: {"description": "Versions or labels have changed since the client listed the versions."},
}
_SAFELY = (
    "Requests by other versions are answered without a break. `If-Match` may hold the `ETag` of the list of versions. A "
    "number is never given again."
)


@dataclass(frozen=True)
class RemovalAsked:
    """The parameters that both routes take, other than the names in their paths."""

    precondition: IfMatchOf
    registry: RegistryOf
    jobs: Annotated[Jobs, Depends(jobs_of)]
    force: Annotated[bool, Query(description="Remove also versions that have a label or are the default.")] = False
    dry_run: Annotated[bool, Query(description="Remove nothing; the reply is what would go.")] = False


Asked = Annotated[RemovalAsked, Depends()]


@router.delete(
    "/v1/models/{model}/versions/{version}",
    summary="Remove a version",
    description=f"Takes away its labels, its manifest, then its files. {_SAFELY}",
    responses=_REFUSED,
)
@Needs(Role.ADMIN, name="model")
def remove_version(model: Model, version: Version, asked: Asked) -> Removal:
    """Remove one version, which no label names and which is not the default unless `force` is set."""
    if version not in asked.registry.repository.versions(model):
        raise NotFound(f"model {model!r} has no version {version}")
    return _remove(model, [version], asked)


@router.delete(
    "/v1/models/{model}",
    summary="Remove a model",
    description=f"Takes away all of its versions. {_SAFELY}",
    responses=_REFUSED,
)
@Needs(Role.ADMIN, name="model")
def remove_model(model: Model, asked: Asked) -> Removal:
    """Remove every version that is published now."""
    return _remove(model, asked.registry.repository.versions(model), asked)


def _remove(model: str, numbers: Collection[int], asked: RemovalAsked) -> Removal:
    repository = asked.registry.repository
    repository.listings.require()
    asked.precondition.check(state_tag(repository.numbers(model), repository.labels(model)))
    removal = plan_removal(repository, model, numbers)
    if asked.dry_run:
        return removal.model_copy(update={"dry_run": True})
    if not asked.force:
        check_unused(removal)
    _note_published(repository, asked.jobs, model, numbers)
    remove_versions(repository.storage, model, numbers, force=asked.force)
    asked.registry.refresh_model(model)
    return removal


def _note_published(repository: ModelRepository, jobs: Jobs, model: str, numbers: Collection[int]) -> None:
    """Record that their trainings have succeeded, so that none trains again after a crash."""
    for number in numbers:
        with suppress(CorruptData, NotFound):
            manifest = repository.manifest(model, number)
            response = TrainingResponse(**dict(manifest.result), label=None)
            jobs.has_published(manifest.job, response.model_dump(mode="json"))
