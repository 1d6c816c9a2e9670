"""TensorFlow, silenced, and a model with two versions, trained once for all tests that only look at it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import pytest
from tests.modeling.made import Made, make_rows

from chassis.engine import JobContext
from contracts.storage import Storage
from modeling.engine import create
from modeling.predict import Predictor
from modeling.saved_model import load
from modeling.serving import Serving
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


@contextmanager
def served(storage: Storage) -> Generator[Predictor]:
    """What is published, loaded."""
    serving = Serving(storage, 2, lambda: load)
    serving.start(3600)
    predictor = Predictor(serving, threads=2, queue=2)
    while not serving.is_ready:
        time.sleep(0.01)
    try:
        yield predictor
    finally:
        serving.stop()
        predictor.close()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "storage"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    storage = Storage(str(tmp_path_factory.mktemp("trained") / "storage"))
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


@pytest.fixture(scope="session")
def predictor(trained: Trained) -> Iterator[Predictor]:
    with served(trained.storage) as predictor:
        yield predictor
