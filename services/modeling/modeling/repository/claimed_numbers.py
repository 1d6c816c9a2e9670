"""Numbers of versions that were given: none is given twice, not even once its version, or all of its model, is removed.

    version-numbers/{model}/00000012-{random}.json      a claim of number 12

A number is claimed before its version is published, so a crash in between leaves a gap and no number that is free again. An
object store cannot refuse to write over a file, so each claim is a file of its own, and holds if no other claim of that number
is seen after it was written. Of two claims of one number, the later one sees both: at most one holds, in any processes.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection
from datetime import UTC, datetime

from contracts.base_model import FrozenModel
from contracts.storage import Storage, sync_path
from modeling.repository.folders import folder_numbers
from modeling.repository.labels import labelled_versions

FOLDER = "version-numbers"
_CLAIM = re.compile(r"(\d{8,})-[0-9a-f]+\.json")
_LONGEST_WAIT_SECONDS = 0.1
_LOTS = secrets.SystemRandom()  # not the process's own, whose seed a training sets: two would wait equally long


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
        own = _claim(storage, model, number, job)
        if [name for name, claimed in _claims(storage, model).items() if claimed == number] == [own]:
            return number
        time.sleep(_LOTS.uniform(0, _LONGEST_WAIT_SECONDS))


def record_number(storage: Storage, model: str, highest: int) -> None:
    """Claim a model's highest published number if it is not claimed: of a version of an earlier release, or copied here."""
    claimed = _claims(storage, model).values()
    given = max([highest, *_labelled(storage, model, claimed)])
    if given > max(claimed, default=0):
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


def _claim(storage: Storage, model: str, number: int, job: str | None) -> str:
    """Write a claim, and return its file's name."""
    name = f"{number:08d}-{secrets.token_hex(6)}.json"
    claim = Claim(model=model, version=number, job=job, claimed=datetime.now(UTC))
    storage.publish(f"{FOLDER}/{model}/{name}", claim.model_dump_json(indent=1).encode())
    local = storage.local_path()
    if local is not None:
        for folder in (local / FOLDER, local):  # they may be new
            sync_path(folder)
    return name
