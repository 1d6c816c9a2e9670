"""Attempts of trainings: each stages a version in a folder of its own, which it publishes by renaming it.

    models/{model}/.{job}-{attempt}/              what the attempt has staged; neither we nor TensorFlow Serving read it
    models/{model}/.{job}-{attempt}.{random}/     taken away from it, and being removed

A folder is renamed before it is removed, so an attempt has published all of it or can no longer publish any.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from chassis.storage_faults import explaining_loss
from contracts.attempts.settle import attempt_name
from contracts.storage import Storage
from modeling.repository.folders import MODELS
from modeling.repository.versions import VersionManifest, published_by


@contextmanager
def staging(storage: Storage, model: str, job: str, attempt: int) -> Generator[Path]:
    """Yield an empty local folder to stage a version in. Removed afterwards, unless it was published."""
    local = storage.local_path(f"{MODELS}/{model}")
    if local is None:
        with tempfile.TemporaryDirectory(prefix="tandem-staging-") as folder:
            yield Path(folder)
        return
    staged = local / f".{attempt_name(job, attempt)}"
    _take_away(staged)  # of a job that was run by hand, which numbers no attempts
    try:
        storage.make_folder(f"{MODELS}/{model}/{staged.name}")
        made = local.stat()  # TensorFlow makes folders again where they are gone
        with explaining_loss(lambda: local.is_dir() and os.path.samestat(local.stat(), made), f"{MODELS}/{model}"):
            yield staged
    finally:
        with suppress(OSError):  # where nothing can be written now, the sweep removes it later
            _take_away(staged)
        _remove_empty(local)


def settle_version(storage: Storage, model: str, job: str, last: int) -> VersionManifest | None:
    """Return the version that an attempt of the job up to `last` has published; None if none has, and now none will.

    Removes what these attempts have staged. A later attempt, which may be at work, is not touched; nor is another job's.
    """
    local = storage.local_path(f"{MODELS}/{model}")
    if local is not None:
        for staged in local.glob(f".{job}-*"):
            number = staged.name.removeprefix(f".{job}-").partition(".")[0]
            if number.isdecimal() and int(number) <= last:
                _take_away(staged)
        _remove_empty(local)
    return published_by(storage, model, job)


def _take_away(staged: Path) -> None:
    taken = staged
    if "." not in staged.name[1:]:
        taken = staged.with_name(f"{staged.name}.{secrets.token_hex(6)}")
        try:
            staged.rename(taken)
        except FileNotFoundError:  # published, or taken away before
            return
    shutil.rmtree(taken, ignore_errors=True)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # not empty, or not there
        folder.rmdir()
