"""Folders of models and of their versions in the storage, and the numbers that are published."""

from __future__ import annotations

import re
from collections.abc import Mapping

from contracts.base_model import NAME_PATTERN
from contracts.dataset import uses
from contracts.storage import FileStamp, Storage

MODELS, MANIFEST = uses.MODELS, uses.MODEL_MANIFEST
_MANIFEST_PATH = re.compile(rf"{MODELS}/(?P<model>[^/]+)/(?P<number>0|[1-9][0-9]*)/{re.escape(MANIFEST)}")
_NAME = re.compile(NAME_PATTERN)
"""No other name can have been published, and the storage may refuse to read it."""


def version_folder(model: str, version: int) -> str:
    """Return a version's folder in the storage."""
    return f"{MODELS}/{model}/{version}"


def manifest_path(model: str, version: int) -> str:
    """Return the path of a version's manifest in the storage."""
    return f"{version_folder(model, version)}/{MANIFEST}"


def is_model_name(model: str) -> bool:
    """Return whether a model may have this name."""
    return _NAME.fullmatch(model) is not None


def version_numbers(storage: Storage, model: str) -> list[int]:
    """Return the published versions of a model, ascending; none for an unknown model."""
    return list(manifest_stamps(storage, model))


def manifest_stamps(storage: Storage, model: str) -> Mapping[int, FileStamp]:
    """Return the stamp of each published version's manifest, by ascending number; none for an unknown model."""
    if storage.local_path() is None:
        return _listed_manifests(storage, f"{MODELS}/{model}").get(model, {}) if is_model_name(model) else {}
    numbers = sorted(folder_numbers(storage, model))
    paths = [manifest_path(model, number) for number in numbers]
    stamps = storage.file_stamps(paths)
    return {number: stamps[path] for number, path in zip(numbers, paths, strict=True) if path in stamps}


def all_manifest_stamps(storage: Storage) -> dict[str, Mapping[int, FileStamp]]:
    """Return the stamps of all models, as `manifest_stamps` does of one, without models that have no published version."""
    if storage.local_path() is None:
        return _listed_manifests(storage, MODELS)
    listed = ((name, manifest_stamps(storage, name)) for name in storage.folders(MODELS))
    return {name: published for name, published in listed if published}


def _listed_manifests(storage: Storage, folder: str) -> dict[str, Mapping[int, FileStamp]]:
    """Return the stamps of manifests by model and number from one listing, where each question is a request."""
    listed: dict[str, dict[int, FileStamp]] = {}
    for path, stamp in storage.stamps_below(folder).items():
        matched = _MANIFEST_PATH.fullmatch(path)
        if matched is not None and is_model_name(matched["model"]):
            listed.setdefault(matched["model"], {})[int(matched["number"])] = stamp
    return {model: dict(sorted(published.items())) for model, published in sorted(listed.items())}


def folder_numbers(storage: Storage, model: str) -> list[int]:
    """Return the numbers of all folders of a model, also of versions that are not published, or not yet."""
    if not is_model_name(model):
        return []
    names = storage.folders(f"{MODELS}/{model}")
    return [int(name) for name in names if name.isascii() and name.isdigit() and name == str(int(name))]
