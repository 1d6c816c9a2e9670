"""Values per second and core of each kind of feature, in the kernel and in the graph: python -m tests.benchmarks.kinds.

The kernel computes a feature, hashes and counts its values, as the first pass of a job does, from columns that are read.
The graph makes the model's inputs from raw values, 4,096 rows a call. A list has five tokens on average, a text twelve words;
their values are tokens, and single words and pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import modeling  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before TensorFlow, which it silences

# isort: split
import numpy as np
import pyarrow as pa
import tensorflow as tf
from pyarrow import parquet
from tests.benchmarks.parts import median

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset, open_dataset
from contracts.schema import Schema
from contracts.storage import Storage
from modeling.layers.feature_values import FeatureValues
from modeling.layers.model_inputs import ModelInputs
from preprocessing.assignment.assign import column_fingerprints, row_fingerprints
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.warm_up import warm_kernels
from preprocessing.statistics.analyze import Analyzer
from sources.computed_features import ComputedFeatures
from sources.matrices import integer_matrix, numeric_matrix, token_matrix
from sources.read_range import read_range
from sources.values.list_text import split_text

ROWS = 200_000
BATCH, CALL = 16_384, 4096
REPEAT = 5
DERIVE = {"ratio": "x / nullif(z, 0)", "domain": "regexp_extract(lower(mail), '@([^@]+)$', 1)"}
FEATURES: dict[str, dict[str, Any]] = {
    "x": {"kind": "numeric"},
    "code": {"kind": "categorical"},
    "user": {"kind": "hashed", "buckets": 100_000},
    "ratio": {"kind": "numeric"},
    "domain": {"kind": "categorical"},
    "moment": {"kind": "datetime", "parts": ["weekday", "hour"]},
    "tags": {"kind": "categorical", "many": {"max": 10}},
    "amounts": {"kind": "numeric", "many": {"statistics": ["mean", "count"]}},
    "comment": {"kind": "text", "max": 20},
}
SHOWN: dict[str, list[str]] = {
    "numeric": ["x"],
    "categorical, 1,000 tokens": ["code"],
    "hashed, 100,000 tokens": ["user"],
    "computed: a ratio": ["ratio"],
    "computed: domain of an address": ["domain"],
    "datetime: two parts": ["moment:weekday", "moment:hour"],
    "list of tokens": ["tags"],
    "list of numbers: two statistics": ["amounts:mean", "amounts:count"],
    "text: words and pairs": ["comment:words"],
}


def table(rows: int, seed: int) -> pa.Table:
    """A table with a column for each kind."""
    random = np.random.default_rng(seed)
    words = np.array([f"w{i:x}" for i in range(5000)])
    ranks = np.minimum(random.zipf(1.3, (rows, 24)) - 1, len(words) - 1)
    lengths = random.integers(0, 11, rows)
    return pa.table(
        {
            "y": random.integers(0, 2, rows),
            "x": random.normal(size=rows),
            "z": random.normal(size=rows),
            "code": [f"c{i}" for i in random.integers(0, 1000, rows).tolist()],
            "user": [f"user-{i}" for i in random.integers(0, 100_000, rows).tolist()],
            "mail": [f"Person{i}@Example{i % 83}.org" for i in range(rows)],
            "moment": pa.array(random.integers(0, 2 * 10**15, rows), pa.timestamp("us")),
            "tags": [[f"t{i}" for i in row[:n]] for row, n in zip((ranks % 1000).tolist(), lengths, strict=True)],
            "amounts": [row[:n].tolist() for row, n in zip(random.normal(size=(rows, 10)), lengths, strict=True)],
            "comment": [" ".join(words[row[: 2 + 2 * n]]) for row, n in zip(ranks, lengths, strict=True)],
        }
    )


def dataset_of(root: Path, rows: int, seed: int) -> Dataset:
    """Run a dataset job over such a table."""
    parquet.write_table(table(rows, seed), root / "kinds.parquet", row_group_size=BATCH)
    settings = PreprocessingSettings(storage=str(root / "storage"), state=str(root / "state"), source_roots=[str(root)])
    spark = SparkEngine(settings)
    spark.warm()
    request = {
        "name": "kinds",
        "source": {"format": "parquet", "uris": ["kinds.parquet"]},
        "label": {"column": "y"},
        "derive": DERIVE,
        "features": FEATURES,
        "remaining": "exclude",
        "splits": {"train": 1.0},
        "records": "none",
    }
    try:
        spark.run("dataset", request, JobContext.alone("kinds"))
    finally:
        spark.close()
    return open_dataset(Storage(settings.storage), "kinds")


def part_of(schema: Schema, names: list[str]) -> Schema:
    """The schema with some of the features, and the columns that they read."""
    computed = {name: tree for name, tree in schema.computed.items() if name in names}
    read = {column for tree in computed.values() for column in tree.columns()}
    update = {
        "features": {name: schema.features[name] for name in names},
        "computed": computed,
        "columns": {name: kind for name, kind in schema.columns.items() if name in read},
        "time_formats": {name: form for name, form in schema.time_formats.items() if name in read},
        "derive": {},
    }
    return schema.model_copy(update=update)


def batches_of(dataset: Dataset, schema: Schema) -> list[pa.RecordBatch]:
    """The columns that a client sends, as a task reads them."""
    manifest = dataset.manifest
    return [
        batch
        for part in manifest.ranges
        for batch in read_range(
            manifest.source,
            manifest.files,
            part,
            schema.raw_types,
            text_rules=schema.text_rules,
            vectors=schema.vectors,
        )
    ]


def values_of(schema: Schema, names: list[str], batches: list[pa.RecordBatch]) -> int:
    """The number of values: of lists and texts their elements, else rows by features."""
    for name, separator in schema.number_lists.items():
        return sum(int(split_text(batch.column(name), separator).counts.sum()) for batch in batches)
    rows = sum(batch.num_rows for batch in batches)
    if not schema.bags:
        return rows * len(names)
    computed = ComputedFeatures(schema)
    sums = Analyzer(schema)
    for batch in batches:
        count(sums, computed.add(batch))
    return sum(part.tokens for parts in sums.extract().lists.values() for part in parts)


def count(analyzer: Analyzer, batch: pa.RecordBatch) -> None:
    columns = column_fingerprints(batch)
    codes = np.ones(batch.num_rows, np.uint8)
    fingerprints = row_fingerprints(columns, batch.schema.names)
    analyzer.add(batch, codes, np.zeros(batch.num_rows, np.float32), fingerprints, columns)


class Kernel:
    """The first pass of a job over columns that are read."""

    def __init__(self, schema: Schema, batches: list[pa.RecordBatch]) -> None:
        self._schema, self._batches = schema, batches
        self._computed = ComputedFeatures(schema)

    def __call__(self) -> None:
        analyzer = Analyzer(self._schema)
        for batch in self._batches:
            made = self._computed.add(batch)
            count(analyzer, made.select(list(self._schema.features)))
            if analyzer.is_full:
                analyzer.take_tokens()


class Graph:
    """Model inputs of raw values."""

    def __init__(self, dataset: Dataset, schema: Schema, batches: list[pa.RecordBatch]) -> None:
        vocabularies = {name: dataset.vocabulary(name) for name in schema.vocabularies}
        inputs, features = ModelInputs(schema, dataset.statistics(), vocabularies), FeatureValues(schema)
        kinds = ("number", "token", "integer")
        numbers, tokens, integers = (schema.raw_columns(kind) for kind in kinds)
        self._parts = [
            (
                tf.constant(numeric_matrix(part, numbers)),
                tf.constant(token_matrix(part, tokens).tolist(), tf.string, [part.num_rows, len(tokens)]),
                tf.constant(integer_matrix(part, integers)),
            )
            for batch in batches
            for part in (batch.slice(begin, CALL) for begin in range(0, batch.num_rows, CALL))
        ]
        self._compute = tf.function(lambda *raw: inputs(*features(*raw)), reduce_retracing=True)
        self._compute(*self._parts[0])

    def __call__(self) -> None:
        for part in self._parts:
            self._compute(*part)


def measure(rows: int = ROWS, seed: int = 1) -> dict[str, dict[str, float]]:
    """`kernel` and `graph` values per second on one core, by kind."""
    pa.set_cpu_count(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    speeds: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="tandem-kinds-") as folder:
        dataset = dataset_of(Path(folder), rows, seed)
        warm_kernels()
        for name, features in SHOWN.items():
            schema = part_of(dataset.schema, features)
            batches = batches_of(dataset, schema)
            values = values_of(schema, features, batches)
            kernel, graph = Kernel(schema, batches), Graph(dataset, schema, batches)
            kernel()
            speeds[name] = {"kernel": values / median(kernel, REPEAT), "graph": values / median(graph, REPEAT)}
    return speeds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    speeds = measure(given.rows, given.seed)
    print(json.dumps({"kinds": {name: {k: round(v) for k, v in own.items()} for name, own in speeds.items()}}))
