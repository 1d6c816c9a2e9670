"""The default network beside the plain `dnn`: trainings on the rows of `make bench`, and one row served by each, in turns.

A training is one of a single epoch, from the dataset that `dataset_jobs` left, with everything else by default.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.benchmarks.criteo import CATEGORIES, INTEGERS
from tests.benchmarks.latency import compare
from tests.benchmarks.parts import BUILD, TRAINED_FROM, key, print_each
from tests.benchmarks.servers import tandem

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import keras

from chassis.engine.engine import JobContext
from contracts.messages.trainings import TrainingRequest
from contracts.storage import Storage
from modeling.training.train import train

NETWORKS: dict[str, dict[str, Any]] = {"dnn": {"network": {"kind": "dnn"}}, "default": {}}
EPOCHS, TURNS = 1, 2


def measure() -> Iterator[dict[str, Any]]:
    """Yield examples per second of each network's trainings, and milliseconds of one row served by each of the two."""
    storage = Storage(str(BUILD / "storage"))
    shutil.rmtree(BUILD / "storage" / "models", ignore_errors=True)
    rates: dict[str, list[float]] = {name: [] for name in NETWORKS}
    for turn in range(TURNS):
        for name, asked in NETWORKS.items():
            rates[name].append(_rate(storage, name, turn, asked))
    yield {f"train_{name}_examples_per_s": round(statistics.median(found)) for name, found in rates.items()}
    with tandem(str(BUILD)) as port:
        targets = [(f"served_{name}", port, f"/v1/models/{name}:predict") for name in NETWORKS]
        yield compare(targets, _bodies())


def _rate(storage: Storage, name: str, turn: int, asked: dict[str, Any]) -> float:
    request = {"model": name, "dataset": key("raw", TRAINED_FROM["raw"]), "epochs": EPOCHS, **asked}
    request["importance"] = {"rows": 0}
    job = JobContext.alone(f"{name}-{turn}")
    trained = train(
        storage, [str(BUILD)], TrainingRequest.model_validate(request), job, state=BUILD / "state" / "trainings"
    )
    keras.backend.clear_session()
    return trained.examples_per_second


def _bodies(count: int = 64) -> list[bytes]:
    """Bodies of one row each, with numbers and tokens of which most are unknown."""
    generator = random.Random(0)
    rows = [
        {name: generator.randrange(1000) for name in INTEGERS}
        | {name: f"{generator.randrange(1 << 32):08x}" for name in CATEGORIES}
        for _ in range(count)
    ]
    return [json.dumps({"instances": [row]}).encode() for row in rows]


if __name__ == "__main__":
    print_each(measure())
