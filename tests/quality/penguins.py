"""Three species of penguins, 344 birds (palmerpenguins, CC0): dataset job and training with default settings, no HTTP between.

`.venv/bin/python -m tests.quality.penguins` prints what came of it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
from chassis.engine.engine import JobContext
from contracts.storage import Storage
from modeling.engine import create
from modeling.settings import ModelingSettings
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings

FILE = "penguins.csv"
SPLITS = {"train": 0.65, "validation": 0.1, "test": 0.25}
"""About ninety birds to be judged by: of the default tenth, one bird would be three points."""


def dataset_request(records: str = "raw") -> dict[str, Any]:
    """Species by everything else that is known of a bird; the year of the visit is none of that."""
    return {
        "name": "penguins",
        "source": {"format": "csv", "uris": [FILE], "null_values": ["", "NA"]},
        "label": {"column": "species", "kind": "multiclass"},
        "exclude": ["year"],
        "splits": SPLITS,
        "records": records,
    }


def write_penguins(folder: Path) -> Path:
    """Copy penguins.csv into a folder. The package is found, not imported: importing it would read tables with pandas."""
    found = importlib.util.find_spec("palmerpenguins")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the data is not installed: pip install palmerpenguins")
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(Path(found.origin).parent / "data" / FILE, folder / FILE))


def train_penguins(spark: SparkEngine, storage: Storage, seed: int = 0, records: str = "raw") -> dict[str, Any]:
    """What the training's response says of the test split, with the settings that an empty request leaves open."""
    spark.run("dataset", dataset_request(records), JobContext.alone("penguins-dataset"))
    roots = spark.settings.source_roots
    engine = create(ModelingSettings(storage=storage.uri, source_roots=roots).model_dump_json())
    engine.warm()
    try:
        request = {"model": "penguins", "dataset": "penguins", "seed": seed}
        return engine.run("training", request, JobContext.alone("penguins-training"))
    finally:
        engine.close()


def measure(seed: int = 0) -> dict[str, float]:
    """`accuracy` on birds that training never saw."""
    with tempfile.TemporaryDirectory(prefix="tandem-penguins-") as folder:
        root = Path(folder)
        sources = root / "sources"
        write_penguins(sources)
        settings = PreprocessingSettings(
            storage=str(root / "storage"), state=str(root / "state"), source_roots=[str(sources)]
        )
        spark = SparkEngine(settings)
        spark.warm()
        try:
            response = train_penguins(spark, Storage(settings.storage), seed)
        finally:
            spark.close()
    return {"accuracy": response["evaluation"]["test"]["accuracy"]}


if __name__ == "__main__":
    print(json.dumps(measure()))
