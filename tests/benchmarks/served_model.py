"""A model to measure serving with: 13 whole numbers, 26 categories, hidden layers of 256 and 128.

Its weights are where they began: what they are does not change how long they take.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import keras
import numpy as np

from contracts.dataset.vocabulary import Vocabulary
from contracts.messages.networks import Dnn
from contracts.messages.trainings import TrainingRequest, TrainingResult
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.statistics import LabelStatistics, NumericStatistics, SplitStatistics, Statistics
from contracts.storage import Storage
from modeling.evaluation.evaluate import evaluate
from modeling.export.saved_model import export
from modeling.label_kinds import TrainingLabels
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.repository.attempts import staging
from modeling.repository.versions import VersionManifest, describe_files, publish, read_manifest, with_number
from modeling.training.defaults import settled

MODEL = "latency"
NUMERIC, CATEGORICAL = 13, 26
TOKENS = 1000
"""In each vocabulary."""


def publish_model(folder: str, seed: int = 1) -> VersionManifest:
    """Publish the model's next version in the storage `{folder}/storage`."""
    keras.utils.set_random_seed(seed)
    schema = _schema()
    numeric = [name for name in schema.features if name.startswith("i")]
    known = NumericStatistics(count=9, missing=1, infinite=0, zeros=0, negative=0, mean=5e4, std=3e4, min=0, max=1e5)
    split = SplitStatistics(
        rows=10, features=dict.fromkeys(numeric, known), label=LabelStatistics(count=10, positives=5)
    )
    vocabulary = Vocabulary.of([token.encode() for token in _tokens()], [1] * TOKENS)
    inputs = ModelInputs(schema, Statistics(splits={"train": split}), dict.fromkeys(schema.vocabularies, vocabulary))
    spec = Dnn(kind="dnn", hidden=[256, 128])
    network = build_network(spec, Inputs(inputs.number_width, inputs.named_sizes))
    storage = Storage(f"{folder}/storage")
    with staging(storage, MODEL, f"job{seed}", 1) as staged:
        export(schema, inputs, network, Target("binary", TrainingLabels(0.5)), staged)
        result = TrainingResult(
            model=MODEL,
            version=0,
            evaluation=evaluate("binary", np.empty(0), np.empty(0), 0.5, seed=0),
            gate=None,
            history=[],
            seconds={},
            examples_per_second=0,
        )
        draft: dict[str, Any] = {
            "model": MODEL,
            "version": 0,
            "job": f"job{seed}",
            "created": datetime.now(UTC),
            "schema": schema,
            "dataset": {"name": MODEL, "fingerprint": ""},
            "request": settled(TrainingRequest(model=MODEL, dataset=MODEL, network=spec), rows=10),
            "result": result,
            "libraries": {},
            "files": describe_files(staged),
        }
        return publish(storage, staged, VersionManifest.model_validate(draft))


def republish(folder: str, version: int) -> int:
    """Publish a version once more, under the next number, which is given back."""
    storage = Storage(f"{folder}/storage")
    manifest = read_manifest(storage, MODEL, version)
    source = storage.local_path(manifest.folder)
    assert source is not None
    with staging(storage, MODEL, "again", 1) as staged:
        shutil.copytree(source, staged, dirs_exist_ok=True)
        return publish(storage, staged, with_number(manifest, 0)).version


def _schema() -> Schema:
    numeric = {f"i{at}": Numeric(dtype="int64") for at in range(NUMERIC)}
    categorical = {f"c{at}": Categorical() for at in range(CATEGORICAL)}
    return Schema(features={**numeric, **categorical}, label=Label(column="label"))


def _tokens() -> list[str]:
    return [f"{at:08x}" for at in range(TOKENS)]


def make_row(generator: random.Random, *, missing: bool = True) -> dict[str, Any]:
    """A row of which half the tokens are unknown, and half the numbers missing if there are to be any missing."""
    row: dict[str, Any] = {
        f"i{at}": None if missing and generator.random() < 0.5 else generator.randrange(100_000)
        for at in range(NUMERIC)
    }
    return row | {f"c{at}": f"{generator.randrange(TOKENS * 2):08x}" for at in range(CATEGORICAL)}


def row_bodies(count: int = 64, *, missing: bool = True) -> list[bytes]:
    """Bodies of one row each, in TensorFlow Serving's form."""
    generator = random.Random(0)
    return [json.dumps({"instances": [make_row(generator, missing=missing)]}).encode() for _ in range(count)]


def column_bodies(rows: int, count: int = 8) -> list[bytes]:
    """Bodies of so many rows each, by column."""
    generator = random.Random(1)
    made: list[bytes] = []
    for _ in range(count):
        given = [make_row(generator) for _ in range(rows)]
        made.append(json.dumps({"inputs": {name: [row[name] for row in given] for name in given[0]}}).encode())
    return made
