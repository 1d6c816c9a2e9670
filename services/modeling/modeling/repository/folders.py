"""Folders of models and of their versions in the storage, and the numbers that are published."""

from __future__ import annotations

import re

from contracts.base_model import NAME_PATTERN
from contracts.storage import Storage

MODELS = "models"
MANIFEST = "tandem.json"
_NAME = re.compile(NAME_PATTERN)
"""No other name can have been published, and the storage may refuse to read it."""


def version_folder(model: str, version: int) -> str:
    """Return a version's folder in the storage."""
    return f"{MODELS}/{model}/{version}"


def model_names(storage: Storage) -> list[str]:
    """Return every model with a published version, sorted."""
    return [name for name in storage.folders(MODELS) if version_numbers(storage, name)]


def version_numbers(storage: Storage, model: str) -> list[int]:
    """Return the published versions of a model, ascending; none for an unknown model."""
    folders = folder_numbers(storage, model)
    return sorted(number for number in folders if storage.exists(f"{version_folder(model, number)}/{MANIFEST}"))


def folder_numbers(storage: Storage, model: str) -> list[int]:
    """Return the numbers of all folders of a model, also of versions that are not published, or not yet."""
    if not _NAME.fullmatch(model):
        return []
    names = storage.folders(f"{MODELS}/{model}")
    return [int(name) for name in names if name.isascii() and name.isdigit() and name == str(int(name))]
