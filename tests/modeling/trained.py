"""A model with two versions, and trainings without a service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
from tests.modeling.made import Made, make_rows

from chassis.engine.engine import JobContext
from contracts.storage import Storage
from modeling.engine import create
from modeling.repository.versions import read_manifest, with_number
from modeling.settings import ModelingSettings


@dataclass(frozen=True)
class Trained:
    """Model `m`: version 1 is linear, version 2 a dnn."""

    storage: Storage
    made: Made
    responses: list[dict[str, Any]]
    progress: list[dict[str, Any]]


def run(storage: Storage, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """One training on the engine, as the job's child does it."""
    folder = Path(storage.uri).parent
    settings = ModelingSettings(storage=storage.uri, source_roots=[str(folder)], state=str(folder / "state"))
    engine = create(settings.model_dump_json())
    engine.warm()
    try:
        return engine.run("training", {"model": "m", "dataset": "made", **request}, context)
    finally:
        engine.close()


def train_both(folder: Path) -> Trained:
    """Both versions, from a dataset of 3,000 rows."""
    storage = Storage(str(folder / "storage"))
    count = 3000
    made = Made(make_rows(count), [(1, 1, 1, 1, 2, 3)[at % 6] for at in range(count)], layout="columns")
    made.publish(storage)
    progress: list[dict[str, Any]] = []
    linear = {
        "network": {"kind": "linear"},
        "epochs": 4,
        "batch_size": 64,
        "optimizer": "adam",
        "learning_rate": 0.02,
    }
    deep = {
        "network": {"kind": "dnn", "hidden": [16], "dropout": 0.1},
        "epochs": 4,
        "batch_size": 64,
        "learning_rate": 0.01,
    }
    responses = [
        run(storage, linear, JobContext.alone("first", tell=progress.append)),
        run(storage, deep, JobContext.alone("second")),
    ]
    return Trained(storage, made, responses, progress)


def copy_versions(trained: Trained, remote: Storage, model: str, numbers: range) -> None:
    """Publish version 1 under other names and numbers."""
    manifest = read_manifest(trained.storage, "m", 1)
    for number in numbers:
        for path in manifest.files:
            with remote.open_output(f"models/{model}/{number}/{path}") as stream:
                stream.write(trained.storage.read(f"models/m/1/{path}"))
        renamed = with_number(manifest, number).model_copy(update={"model": model})
        remote.write(f"models/{model}/{number}/tandem.json", renamed.to_json())
