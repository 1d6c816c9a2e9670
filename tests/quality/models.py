"""Our own models of a table: trained by the functions that the service runs, and asked as batch predictions are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import parquet

from chassis.engine.engine import JobContext
from contracts.dataset.published import open_dataset
from contracts.storage import Storage
from modeling.engine import TrainingEngine
from modeling.settings import ModelingSettings
from sources.arrays import Array


@dataclass
class Trained:
    """A version, and what its training took."""

    response: dict[str, Any]
    seconds: float
    cpu_seconds: float


class Models:
    """The engine of one folder's storage, with datasets in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage = Storage(str(root / "storage"))
        self._engine = TrainingEngine(ModelingSettings(storage=self.storage.uri, source_roots=[str(root)]))
        self._engine.warm()
        self._asked = 0

    def train(self, dataset: str, seed: int, **options: Any) -> Trained:
        """Train from a dataset by a request that says nothing else but `options`."""
        model = f"{dataset}-{seed}"
        begun, begun_cpu = time.perf_counter(), time.process_time()
        request = {"model": model, "dataset": dataset, "seed": seed, **options}
        response = self._engine.run("training", request, JobContext.alone(f"{model}-{time.time_ns()}"))
        return Trained(response, time.perf_counter() - begun, time.process_time() - begun_cpu)

    def predict(self, trained: Trained, text: pd.DataFrame) -> Array:
        """Return predictions for raw rows, float64 [rows], of several classes [rows, classes]; an empty field is missing."""
        model, version = trained.response["model"], trained.response["version"]
        source = open_dataset(self.storage, self._dataset_of(model)).manifest.request["source"]
        self._asked += 1
        name = f"{model}-{version}-{self._asked}"
        file = self.root / f"{name}.csv"
        text.to_csv(file, index=False)
        request = {
            "name": name,
            "model": model,
            "version": version,
            "source": {**source, "uris": [file.name]},
        }
        published = self._engine.run("batch-prediction", request, JobContext.alone(name))
        file.unlink()
        table = parquet.read_table([str(self.root / "storage" / part["path"]) for part in published["files"]])
        if "probabilities" in table.column_names:
            return np.stack(table.column("probabilities").combine_chunks().to_numpy(zero_copy_only=False)).astype(float)
        return table.column("predictions").to_numpy().astype(np.float64)

    def _dataset_of(self, model: str) -> str:
        return model.rpartition("-")[0]
