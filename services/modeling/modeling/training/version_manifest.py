"""A version's manifest, before it is published."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path

from contracts.dataset.published import Dataset
from contracts.messages.trainings import Training, TrainingResult
from contracts.schema import Schema
from modeling.repository.versions import TrainedFrom, VersionManifest, describe_files

_LIBRARIES = ("tensorflow", "keras", "numpy", "pyarrow", "tandem-modeling")


def unpublished_manifest(
    dataset: Dataset, schema: Schema, request: Training, result: TrainingResult, folder: Path, *, job: str
) -> VersionManifest:
    """Return the version's manifest without its number, which is assigned at publication."""
    return VersionManifest.model_validate(
        {
            "model": request.model,
            "version": result.version,
            "job": job,
            "created": datetime.now(UTC),
            "schema": schema,
            "classes": dataset.manifest.classes,
            "dataset": TrainedFrom(
                name=dataset.manifest.name,
                fingerprint=dataset.manifest.fingerprint,
                split_rule=dataset.manifest.split_rule,
            ),
            "request": request,
            "result": result,
            "libraries": {"python": platform.python_version(), **{name: version_of(name) for name in _LIBRARIES}},
            "files": describe_files(folder),
        }
    )
