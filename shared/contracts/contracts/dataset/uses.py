"""The versions of models that were trained from a dataset, as far as the same storage has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from contracts.errors import NotFound
from contracts.storage import Storage

MODELS, MODEL_MANIFEST = "models", "tandem.json"
"""The folder of models in a storage, and the manifest of a version in its own: see `modeling.repository.folders`."""


def versions_trained_from(storage: Storage, name: str, fingerprint: str) -> Iterator[tuple[str, int]]:
    """Yield model and number of each published version whose manifest names the dataset, by name and fingerprint.

    Reads every manifest; those that cannot be read are skipped.
    """
    for model in storage.folders(MODELS):
        numbers = sorted(int(folder) for folder in storage.folders(f"{MODELS}/{model}") if folder.isdecimal())
        for number in numbers:
            with suppress(NotFound, ValueError, LookupError, TypeError):
                manifest: Any = json.loads(storage.read(f"{MODELS}/{model}/{number}/{MODEL_MANIFEST}"))
                if (manifest["dataset"]["name"], manifest["dataset"]["fingerprint"]) == (name, fingerprint):
                    yield model, number
