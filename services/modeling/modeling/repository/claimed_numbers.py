"""Numbers of versions that were given: none is given twice, not even once its version, or all of its model, is removed.

    version-numbers/{model}/00000012.json      a claim of number 12

A number is claimed before its version is published, so a crash in between leaves a gap and no number that is free again. A claim
is created, which fails if there is one: of two claims of one number, in any processes, one holds. Earlier releases wrote claims
with a random part behind the number.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime

from contracts.base_model import FrozenModel
from contracts.errors import NameTaken
from contracts.storage import Storage, sync_path
from modeling.repository.folders import folder_numbers
from modeling.repository.labels import labelled_versions

FOLDER = "version-numbers"
_CLAIM = re.compile(r"(\d{8,})(?:-[0-9a-f]+)?\.json")


class Claim(FrozenModel):
    """A number that was given."""

    model: str
    version: int
    job: str | None
    """The training job that it was given to; None for a version that was published without a claim."""
    claimed: datetime


def claim_number(storage: Storage, model: str, job: str) -> int:
    """Return a number that no version of the model has had, greater than all of them, and that no other call returns."""
    while True:
        number = highest_number(storage, model) + 1
        with suppress(NameTaken):
            _claim(storage, model, number, job)
            return number


def record_number(storage: Storage, model: str, highest: int) -> None:
    """Claim a model's highest published number if it is not claimed: of a version of an earlier release, or copied here."""
    claimed = _claims(storage, model).values()
    given = max([highest, *_labelled(storage, model, claimed)])
    if given > max(claimed, default=0):
        with suppress(NameTaken):  # by another service, just now
            _claim(storage, model, given, None)


def highest_number(storage: Storage, model: str) -> int:
    """Return the highest number that is known to have been given; 0 if there is none."""
    claimed = _claims(storage, model).values()
    return max([*claimed, *_labelled(storage, model, claimed), *folder_numbers(storage, model)], default=0)


def _labelled(storage: Storage, model: str, claimed: Collection[int]) -> Collection[int]:
    """Return the versions that had a label; none where a number is claimed: only an earlier release left no other trace."""
    return () if claimed else labelled_versions(storage, model)


def _claims(storage: Storage, model: str) -> dict[str, int]:
    """Return the claimed numbers, by the names of the claims' files."""
    matches = map(_CLAIM.fullmatch, storage.files(f"{FOLDER}/{model}"))
    return {match[0]: int(match[1]) for match in matches if match is not None}


def _claim(storage: Storage, model: str, number: int, job: str | None) -> None:
    """Write a claim. Raises `NameTaken` if there is one."""
    claim = Claim(model=model, version=number, job=job, claimed=datetime.now(UTC))
    storage.publish(f"{FOLDER}/{model}/{number:08d}.json", claim.model_dump_json(indent=1).encode())
    local = storage.local_path()
    if local is not None:
        for folder in (local / FOLDER, local):  # they may be new
            sync_path(folder)
