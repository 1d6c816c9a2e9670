"""The one place that decides which version answers a request: for predictions, batch predictions, listings, reports, skew."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from contracts.errors import CorruptData, NotFound, Unavailable
from modeling.repository.labels import Labels
from modeling.repository.listings import Published
from modeling.repository.model_repository import ModelRepository
from modeling.repository.versions import VersionManifest

_Loaded = TypeVar("_Loaded")


def default_version(
    repository: ModelRepository, model: str, published: Published | None = None, labels: Labels | None = None
) -> int | None:
    """Return the default version: the newest that passed its gate or has a label, has metrics, and is not broken.

    A version has none where the test split has rows, and yet the decisive metric could not be computed.
    A version is broken if its manifest is unreadable or loading it failed in this process, until its files change; then the
    one before it is the default. None where no version qualifies. `published` and `labels` are the model's, read if not given.
    Raises `CorruptData` for labels that cannot be read.
    """
    published = repository.published(model) if published is None else published
    labels = repository.labels(model) if labels is None else labels
    for number in reversed([*published]):
        if repository.may_be_default(model, number, labels, published[number]):
            return number
    return None


def load_default(
    repository: ModelRepository,
    model: str,
    load: Callable[[int], _Loaded],
    published: Published | None = None,
    labels: Labels | None = None,
) -> _Loaded | None:
    """Load the default version, and the one before it for as long as loading fails with `CorruptData`; None if none loads."""
    while (number := default_version(repository, model, published, labels)) is not None:
        with suppress(CorruptData, NotFound), repository.recording_faults(model, number):
            return load(number)
    return None


def no_default(repository: ModelRepository, model: str, pointer: str | None = None) -> NotFound | Unavailable:
    """Return the error for a model without a default version: `Unavailable` where every version is broken, else `NotFound`."""
    numbers = repository.versions(model, pointer=pointer)
    reasons = [reason for number in numbers if (reason := repository.fault(model, number)) is not None]
    if len(reasons) == len(numbers):
        return Unavailable(f"no version of model {model!r} can be loaded: {reasons[0]}", pointer=pointer)
    return NotFound(
        f"model {model!r} has no default version: each failed its quality gate, has no metrics, or is broken; name a "
        "version, or set a label on one",
        pointer=pointer,
    )


def named_version(
    repository: ModelRepository, model: str, version: int | None = None, label: str | None = None
) -> VersionManifest | None:
    """Return the manifest of the version of that number, or with that label; None where neither is given.

    Raises `NotFound`, with a pointer to the request's field, and `CorruptData`.
    """
    numbers = repository.versions(model, pointer="/model")
    if label is not None:
        version = repository.labels(model).labels.get(label)
        if version is None:
            raise NotFound(f"model {model!r} has no label {label!r}", pointer="/label")
        if version not in numbers:
            raise NotFound(f"model {model!r} has no version {version}, which has the label {label!r}", pointer="/label")
    if version is None:
        return None
    if version not in numbers:
        raise NotFound(f"model {model!r} has no version {version}", pointer="/version")
    return repository.manifest(model, version)


def resolve_version(
    repository: ModelRepository, model: str, version: int | None = None, label: str | None = None
) -> VersionManifest:
    """Return the manifest of the version of that number, or with that label, else of the default version.

    Raises `NotFound`, with a pointer to the request's field, `CorruptData`, and `Unavailable` where every version is broken.
    """
    named = named_version(repository, model, version, label)
    if named is not None:
        return named
    published = repository.published(model)
    number = default_version(repository, model, published)
    if number is None:
        raise no_default(repository, model, "/model")
    return repository.seen_manifest(model, number, published[number])
