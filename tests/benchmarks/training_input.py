"""Model inputs per second that training can draw from each kind of dataset: one epoch of shuffled batches, no network."""

from __future__ import annotations

import json
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.benchmarks.parts import BUILD, key
from tests.forms import FORMS

from contracts.dataset.published import open_dataset
from contracts.storage import Storage
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs


def measure(root: str) -> dict[str, Any]:
    """Model inputs per second that training can draw from each kind of dataset: one epoch of shuffled batches, no network."""
    found: dict[str, Any] = {}
    for records, layout in FORMS:
        dataset = open_dataset(Storage(str(BUILD / "storage")), key(records, layout))
        inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
        with open_pipeline(dataset, inputs, [root]) as pipeline:
            begun = time.perf_counter()
            for _ in pipeline.training(4096, seed=1):
                pass
            rows_per_s = pipeline.rows("train") / (time.perf_counter() - begun)
        found[f"input_{key(records, layout)}_rows_per_s"] = round(rows_per_s)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(str(BUILD))))
