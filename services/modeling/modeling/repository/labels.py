"""Labels: names of versions that clients may request, such as `champion`. A label moves atomically; rollback moves it back.

    models/{model}/labels/00000012.json     the twelfth state of all labels of a model; the highest number is the present one

A state is published under the next number, which fails if another writer was faster: of two concurrent writers, in any
processes, exactly one succeeds, and the other reads the labels again. Earlier states are kept as a record of the changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, ValidationError

from contracts.base_model import FrozenModel, Name
from contracts.errors import CorruptData, NameTaken, NotFound
from contracts.storage import Storage
from modeling.repository.change_notes import note_change
from modeling.repository.folders import MODELS

FOLDER = "labels"


class Labels(FrozenModel):
    """All labels of a model at one moment."""

    revision: Annotated[int, Field(description="Counts the changes; 0 where there never was a label.")] = 0
    labels: dict[Name, int] = {}
    changed: datetime | None = None
    job: Annotated[str | None, Field(description="The training job that made this change; null for a request.")] = None

    @property
    def etag(self) -> str:
        """Return an entity tag (RFC 9110) that no other state of these labels has."""
        return f'"{self.revision}-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]}"'

    def of(self, version: int) -> list[str]:
        """Return the labels of a version, sorted."""
        return sorted(label for label, number in self.labels.items() if number == version)


def read_labels(storage: Storage, model: str, known: Labels | None = None) -> Labels:
    """Return the present labels of a model; none for an unknown model. Raises `CorruptData`.

    `known`, if it is still the present state, is returned without another read.
    """
    last = max(_revisions(storage, model), default=0)
    if last == 0:
        return Labels()
    if known is not None and known.revision == last:
        return known
    return _read(storage, model, last)


def labelled_versions(storage: Storage, model: str) -> set[int]:
    """Return every version that has, or had, a label; states that cannot be read are skipped."""
    versions: set[int] = set()
    for revision in _revisions(storage, model):
        with suppress(CorruptData, NotFound):
            versions.update(_read(storage, model, revision).labels.values())
    return versions


def labelled_by(storage: Storage, model: str, job: str) -> bool:
    """Return whether a job has set a label already, in an earlier attempt."""
    return any(_read(storage, model, revision).job == job for revision in _revisions(storage, model))


def change_labels(
    storage: Storage, model: str, change: Callable[[Labels], dict[str, int]], job: str | None = None
) -> Labels:
    """Replace the labels by what `change` makes of the present ones, durably and at once.

    `change` is asked again with the then present labels where another writer was faster, and may raise what speaks against it.
    Labels that stay as they are make no new state.
    """
    while True:
        present = read_labels(storage, model)
        wanted = change(present)
        if wanted == present.labels:
            return present
        following = Labels(
            revision=present.revision + 1, labels=dict(sorted(wanted.items())), changed=datetime.now(UTC), job=job
        )
        try:
            storage.publish(_path(model, following.revision), following.model_dump_json(indent=1).encode())
        except NameTaken:
            continue
        note_change(storage, model)
        return following


def _path(model: str, revision: int) -> str:
    return f"{MODELS}/{model}/{FOLDER}/{revision:08d}.json"


def _revisions(storage: Storage, model: str) -> list[int]:
    names = storage.files(f"{MODELS}/{model}/{FOLDER}")
    return sorted(int(name.removesuffix(".json")) for name in names if name.removesuffix(".json").isdecimal())


def _read(storage: Storage, model: str, revision: int) -> Labels:
    path = _path(model, revision)
    try:
        labels = Labels.model_validate_json(storage.read(path))
    except ValidationError as error:
        raise CorruptData(f"{path} does not hold a model's labels: {error}") from error
    if labels.revision != revision:
        raise CorruptData(f"{path} is another revision. Received: {labels.revision}")
    return labels
