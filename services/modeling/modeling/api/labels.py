"""A model's labels over HTTP. Only unwraps requests and wraps replies; TensorFlow is never imported here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from chassis.access.needs import Needs
from chassis.http.preconditions import Precondition, PreconditionOf
from contracts.access.roles import Role
from contracts.errors import Conflict, InvalidRequest, NotFound, Unavailable
from contracts.messages.labels import LabelList, LabelRequest, LabelStatus
from contracts.messages.models import ModelMetadata
from modeling.api.dependencies import Label, Model, RegistryOf
from modeling.api.predict_routing import StatusRoute
from modeling.api.version_status import metadata_of, status_of
from modeling.repository.labels import Labels, change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.serving.registry import ModelRegistry

_ETAG: dict[str, Any] = {
    "ETag": {
        "description": "Of all labels of the model, which change together. Send it back in `If-Match`.",
        "schema": {"type": "string"},
        "example": '"12-9f2c41d07ab3"',
    }
}
_FOUND: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    412: {
        "description": "The labels have changed since the client read them, or the label exists already, or not yet."
    },
    428: {"description": "The label exists, and the request has no `If-Match`."},
}

router = APIRouter(tags=["labels"])
status_router = APIRouter(route_class=StatusRoute, tags=["labels"])
"""TensorFlow Serving's model status and metadata, by label."""


@router.get("/v1/models/{model}/labels", summary="A model's labels", responses=_FOUND)
@Needs(Role.READ, name="model")
def list_labels(model: Model, registry: RegistryOf, response: Response) -> LabelList:
    """List a model's labels; none if its versions never had one."""
    labels = _labels(registry.repository, model)
    response.headers["ETag"] = labels.etag
    return LabelList(model=model, labels=labels.labels)


@status_router.get(
    "/v1/models/{model}/labels/{label}", summary="A label, and the state of the version that has it", responses=_FOUND
)
@Needs(Role.READ, name="model")
def get_label(model: Model, label: Label, registry: RegistryOf, response: Response) -> LabelStatus:
    """Return a label with TensorFlow Serving's status of its version."""
    labels = _labels(registry.repository, model)
    response.headers["ETag"] = labels.etag
    return _status(registry, model, label, _version(labels, model, label))


@status_router.get(
    "/v1/models/{model}/labels/{label}/metadata", summary="Signatures, schema and metrics of a label's version"
)
@Needs(Role.READ, name="model")
def label_metadata(model: Model, label: Label, registry: RegistryOf) -> ModelMetadata:
    """Return TensorFlow Serving's model metadata, and the version's manifest."""
    return metadata_of(registry, model, label=label)


@router.put(
    "/v1/models/{model}/labels/{label}",
    summary="Set a label on a version, or move it there",
    description=(
        "Atomic: the version is loaded first; until then the previous one answers requests by the label. "
        "To move a label, say in `If-Match` which `ETag` the labels had when you saw them; to create one, `If-None-Match: *` or "
        "nothing. Rollback is moving a label back. A version that failed its gate is refused (409) unless `despite_gate` is true."
    ),
    responses={**_FOUND, 201: {"description": "The label is new.", "model": LabelStatus, "headers": _ETAG}, **_REFUSED},
)
@Needs(Role.TRAIN, name="model")
def put_label(
    model: Model,
    label: Label,
    body: LabelRequest,
    precondition: PreconditionOf,
    registry: RegistryOf,
    response: Response,
) -> LabelStatus:
    """Set or move a label."""
    _check(_labels(registry.repository, model), label, precondition)
    _check_version(registry, model, body)
    is_new = False

    def change(present: Labels) -> dict[str, int]:
        nonlocal is_new
        registry.repository.listings.require()
        _check(present, label, precondition)
        is_new = label not in present.labels
        return {**present.labels, label: body.version}

    labels = change_labels(registry.repository.storage, model, change)
    registry.refresh_model(model)
    response.headers["ETag"] = labels.etag
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return _status(registry, model, label, body.version)


@router.delete(
    "/v1/models/{model}/labels/{label}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a label",
    description="The version stays. Requires `If-Match`, as moving it does.",
    responses=_REFUSED,
)
@Needs(Role.TRAIN, name="model")
def delete_label(model: Model, label: Label, precondition: PreconditionOf, registry: RegistryOf) -> Response:
    """Delete a label."""
    registry.repository.versions(model)

    def change(present: Labels) -> dict[str, int]:
        registry.repository.listings.require()
        _version(present, model, label)
        _check(present, label, precondition)
        return {name: version for name, version in present.labels.items() if name != label}

    labels = change_labels(registry.repository.storage, model, change)
    registry.refresh_model(model)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"ETag": labels.etag})


def _labels(repository: ModelRepository, model: str) -> Labels:
    """Return the labels of a model. Raises `NotFound` for an unknown model."""
    repository.versions(model)
    return repository.labels(model)


def _version(labels: Labels, model: str, label: str) -> int:
    version = labels.labels.get(label)
    if version is None:
        raise NotFound(f"model {model!r} has no label {label!r}")
    return version


def _check(labels: Labels, label: str, precondition: Precondition) -> None:
    precondition.check_change(labels.etag if label in labels.labels else None)


def _check_version(registry: ModelRegistry, model: str, body: LabelRequest) -> None:
    """Load the version, so that it answers as soon as it has the label.

    Raises `InvalidRequest` for a version that does not exist, `Conflict` for one that is broken or failed its gate.
    """
    if body.version not in registry.repository.versions(model):
        raise InvalidRequest(f"model {model!r} has no version {body.version}", pointer="/version")
    try:
        gate = registry.get(model, body.version).manifest.result.gate
    except Unavailable as error:
        if registry.state(model, body.version)[0] == "END":
            raise Conflict(error.message, pointer="/version") from error
        raise
    if gate is not None and not gate.passed and not body.despite_gate:
        raise Conflict(
            f"version {body.version} of model {model!r} failed its quality gate: {gate.reason}. With despite_gate it gets "
            "the label anyway",
            pointer="/version",
        )


def _status(registry: ModelRegistry, model: str, label: str, version: int) -> LabelStatus:
    status = status_of(registry, model, [version])
    return LabelStatus(label=label, version=version, model_version_status=status.model_version_status)
