"""Removal of versions: their labels first, then their manifests, so that nobody begins to read a version that is about to go.

A number that was given stays given, see `claimed_numbers`, and the states of labels stay as a record of the changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress

from contracts.errors import Conflict, CorruptData, NotFound
from contracts.messages.models import Removal, RemovedVersion
from contracts.storage import Storage
from modeling.repository.change_notes import note_change
from modeling.repository.claimed_numbers import record_number
from modeling.repository.folders import MODELS, manifest_path, version_folder
from modeling.repository.labels import Labels, change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import default_version


def state_tag(numbers: Iterable[int], labels: Labels) -> str:
    """Return an entity tag (RFC 9110) of a model that changes with its versions and labels."""
    content = f"{sorted(numbers)} {labels.etag}"
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:16]}"'


def plan_removal(repository: ModelRepository, model: str, numbers: Collection[int]) -> Removal:
    """Return what the removal of these published versions takes away."""
    labels = repository.labels(model)
    default = default_version(repository, model, labels=labels)
    versions = [_described(repository, model, number, labels, default) for number in sorted(numbers)]
    return Removal(model=model, versions=versions, bytes=sum(version.bytes for version in versions))


def _described(
    repository: ModelRepository, model: str, number: int, labels: Labels, default: int | None
) -> RemovedVersion:
    sizes = repository.storage.sizes(version_folder(model, number))
    dataset = None
    with suppress(CorruptData, NotFound):
        dataset = repository.manifest(model, number).dataset.name
    return RemovedVersion(
        version=number, bytes=sum(sizes.values()), labels=labels.of(number), default=number == default, dataset=dataset
    )


def check_unused(removal: Removal) -> None:
    """Raise `Conflict` for a version that clients reach: by a label, or as the default."""
    reasons = [reason for version in removal.versions if (reason := _use(version))]
    if reasons:
        raise Conflict(
            f"{'; '.join(reasons)}: requests for model {removal.model!r} would be answered otherwise, or not at all. Move labels "
            "first, or send force=true"
        )


def _use(version: RemovedVersion) -> str:
    """Return how clients reach a version; empty where they name its number alone."""
    ways = [f"has the label {label}" for label in version.labels] + (["is the default"] if version.default else [])
    return f"version {version.version} {' and '.join(ways)}" if ways else ""


def remove_versions(storage: Storage, model: str, numbers: Collection[int], *, force: bool) -> None:
    """Remove published versions, with the labels that they have.

    Versions that are gone already are skipped. Raises `Conflict` where one has been given a label since, unless `force`.
    """

    def without(present: Labels) -> dict[str, int]:
        used = {label: number for label, number in present.labels.items() if number in numbers}
        if used and not force:
            raise Conflict(f"of model {model!r} version {min(used.values())} was given a label just now")
        return {label: number for label, number in present.labels.items() if label not in used}

    change_labels(storage, model, without)
    record_number(storage, model, max(numbers, default=0))
    for number in sorted(numbers):
        with suppress(NotFound):
            storage.delete_file(manifest_path(model, number))
    note_change(storage, model)
    for number in sorted(numbers):
        storage.delete_folder(version_folder(model, number))
    storage.delete_empty_folder(f"{MODELS}/{model}")
