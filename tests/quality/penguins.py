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
from tests.quality import missing
from tests.quality.models import Models
from tests.quality.rows import Rows

from chassis.engine.engine import JobContext
from contracts.dataset.published import open_dataset
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings

FILE = "penguins.csv"
SPLITS = {"train": 0.65, "validation": 0.1, "test": 0.25}
"""About ninety birds to be judged by: of the default tenth, one bird would be three points."""


def dataset_request(records: str = "raw", name: str = "penguins") -> dict[str, Any]:
    """Species by everything else that is known of a bird; the year of the visit is none of that."""
    return {
        "name": name,
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


def measure(seed: int = 0) -> dict[str, Any]:
    """`accuracy` on birds that training never saw, and `missing` and `missing_single`, as `missing.measure` has them."""
    with tempfile.TemporaryDirectory(prefix="tandem-penguins-") as folder:
        root = Path(folder)
        write_penguins(root)
        settings = PreprocessingSettings(
            storage=str(root / "storage"), state=str(root / "state"), source_roots=[str(root)]
        )
        spark = SparkEngine(settings)
        spark.warm()
        try:
            spark.run("dataset", dataset_request(), JobContext.alone("penguins-dataset"))
            spark.run("dataset", dataset_request("none", "penguins-rows"), JobContext.alone("penguins-rows"))
        finally:
            spark.close()
        models = Models(root)
        trained = models.train("penguins", seed)
        schema = open_dataset(models.storage, "penguins").schema
        rows = Rows.read(root, FILE, "penguins-rows", [*schema.features]).without_nulls("NA")
        accuracy = trained.response["evaluation"]["test"]["accuracy"]
        return {"accuracy": accuracy, **missing.measure(models, trained, rows, schema)}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
