"""Publication by one attempt of a job, which can be revoked: its manifest is linked from the attempt's own folder.

    {parent}/manifest.json                the published manifest, which names the folder of one attempt
    {parent}/{job}-{attempt}/             that attempt's files
    {parent}/{job}-{attempt}/.manifest    the manifest before it is linked; a folder of this name revokes the publication

A link of a name that was removed fails, however late it comes through, and a folder keeps the name from being given again. So
once `revoke` returns, an attempt has published or never will. An object store has neither: there the job table keeps two attempts
apart, and a manifest whose files are gone is taken back.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from contracts.errors import CorruptData, NameTaken, NotFound, Superseded
from contracts.storage import Storage, sync_path

CANDIDATE = ".manifest"


def publish_manifest(storage: Storage, folder: str, path: str, data: bytes, files: Mapping[str, int]) -> None:
    """Publish the manifest of the attempt in `folder` under `path`, durably and atomically.

    `files`: every file that the manifest names, and its size. Raises `CorruptData` if one is missing or has another size,
    `NameTaken` if there is a manifest already, `Superseded` if the publication was revoked; then nothing is published.
    """
    _check_files(storage, files)
    local = storage.local_path(f"{folder}/{CANDIDATE}")
    target = storage.local_path(path)
    if local is None or target is None:
        _publish_remotely(storage, path, data, files)
        return
    try:
        with local.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except (FileExistsError, FileNotFoundError) as error:
        raise Superseded from error
    try:
        _link(local, target, path)
    finally:
        with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            local.unlink()
    sync_path(target.parent)


def _link(candidate: Path, target: Path, path: str) -> None:
    try:
        os.link(candidate, target)
    except FileExistsError as error:
        raise NameTaken(f"there is a published {path} already") from error
    except FileNotFoundError as error:
        raise Superseded from error
    except PermissionError as error:
        if candidate.is_dir():  # a folder cannot be linked
            raise Superseded from error
        raise


def _publish_remotely(storage: Storage, path: str, data: bytes, files: Mapping[str, int]) -> None:
    storage.publish(path, data)
    try:
        _check_files(storage, files)
    except CorruptData as error:
        with suppress(NotFound):
            storage.delete_file(path)
        raise Superseded from error


def _check_files(storage: Storage, files: Mapping[str, int]) -> None:
    stamps = storage.file_stamps(list(files))
    for path, size in files.items():
        stamp = stamps.get(path)
        if stamp is None or stamp.size != size:
            present = "is missing" if stamp is None else f"has {stamp.size} bytes"
            raise CorruptData(f"{path} was written with {size} bytes and {present} now; nothing was published")


def revoke(storage: Storage, folder: str) -> None:
    """Make sure that the attempt in `folder` publishes nothing from now on. What it has published stays. Safe to call twice."""
    candidate = storage.local_path(f"{folder}/{CANDIDATE}")
    while candidate is not None:
        try:
            candidate.mkdir()
        except FileNotFoundError:
            return  # without the folder nothing can be published from it
        except FileExistsError:
            if candidate.is_dir():
                return
            candidate.unlink(missing_ok=True)
        else:
            return


def restore(storage: Storage, folder: str) -> None:
    """Remove what `revoke`, or a crash within `publish_manifest`, left in the folder of a published attempt."""
    candidate = storage.local_path(f"{folder}/{CANDIDATE}")
    if candidate is None:
        return
    with suppress(FileNotFoundError):
        if candidate.is_dir():
            candidate.rmdir()
        else:
            candidate.unlink()
