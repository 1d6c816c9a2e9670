"""Which version answers a request, from what is at rest."""

from __future__ import annotations

from contracts.errors import NotFound
from contracts.storage import Storage
from modeling.repository.labels import read_labels
from modeling.repository.versions import VersionManifest, read_manifest, version_numbers


def answering_version(
    storage: Storage, model: str, version: int | None = None, label: str | None = None
) -> VersionManifest:
    """The version of that number, or with that label, else the default: the newest that missed no gate, or has a label.

    Raises `NotFound`, with a pointer to what was not found, and `CorruptData`.
    """
    numbers = version_numbers(storage, model)
    if not numbers:
        raise NotFound(f"there is no model named {model!r}", pointer="/model")
    labels = read_labels(storage, model)
    if label is not None:
        version = labels.labels.get(label)
        if version is None:
            raise NotFound(f"model {model!r} has no label {label!r}", pointer="/label")
    if version is not None:
        if version not in numbers:
            raise NotFound(f"model {model!r} has no version {version}", pointer="/version")
        return read_manifest(storage, model, version)
    for number in reversed(numbers):
        manifest = read_manifest(storage, model, number)
        if manifest.passed or labels.of(number):
            return manifest
    raise NotFound(f"each version of model {model!r} missed what was required of it; name one", pointer="/model")
