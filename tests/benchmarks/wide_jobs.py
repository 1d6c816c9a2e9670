"""Dataset jobs of wide tables, in a process that loads Spark alone; for `wide`."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv
from tests.benchmarks.parts import BUILD, print_each

from chassis.engine.engine import JobContext
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings

FOLDER = BUILD / "wide"
ROWS = 300


def source_file(columns: int, mixed: bool) -> Path:
    """Write a table of `columns` features and a label that some of them decide; every third column is tokens if `mixed`."""
    path = FOLDER / f"{'mixed' if mixed else 'numeric'}-{columns}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(columns)
    numbers = generator.normal(100, 30, (ROWS, columns)).round(3)
    label = numbers[:, :5].sum(axis=1) + generator.normal(0, 20, ROWS) > 500
    values: dict[str, Any] = {f"column {place}": numbers[:, place] for place in range(columns)}
    for place in range(0, columns, 3) if mixed else ():
        values[f"column {place}"] = [f"token {number:.0f}" for number in numbers[:, place] // 10]
    csv.write_csv(pa.table({**values, "label": label.astype(np.int64)}), path)
    return path


def request(name: str, path: Path, columns: int, mixed: bool) -> dict[str, Any]:
    """Return the request of a dataset job; tokens are hashed in every second of their columns."""
    features = {}
    for place in range(0, columns, 3) if mixed else ():
        features[f"column {place}"] = {"kind": "hashed", "buckets": 50} if place % 2 else {"kind": "categorical"}
    return {
        "name": name,
        "source": {"format": "csv", "uris": [path.name]},
        "label": {"column": "label"},
        **({"features": features} if features else {}),
    }


def measure(widths: list[int], mixed: bool) -> Iterator[dict[str, Any]]:
    """Yield the seconds of a job at each width, after one that warms the session up."""
    storage = FOLDER / "storage"
    shutil.rmtree(storage, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = PreprocessingSettings(storage=str(storage), state=str(FOLDER / "state"), source_roots=[str(FOLDER)])
    engine = SparkEngine(settings)
    engine.warm()
    for name, width in [("warm", 20), *((f"wide{width}", width) for width in widths)]:
        body = request(name, source_file(width, mixed), width, mixed)
        begun = time.perf_counter()
        done = engine.run("dataset", body, JobContext.alone(name))
        seconds = time.perf_counter() - begun
        yield {f"dataset_{name}_s": round(seconds, 2), f"dataset_{name}_phases": done["seconds"]}
    engine.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--widths", type=lambda text: [int(width) for width in text.split(",")])
    arguments.add_argument("--mixed", type=int, default=0)
    given = arguments.parse_args()
    print_each(measure(given.widths, bool(given.mixed)))
