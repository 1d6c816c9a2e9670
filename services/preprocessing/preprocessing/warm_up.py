"""Calls every kernel once on a few rows, so that a worker forked afterwards finds them compiled.

numba keeps what it compiled on disk: only the first start on a machine compiles (about 15 s), later ones load (0.3 s).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.inputs import NumericInput
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.vocabulary import Vocabulary
from preprocessing.analyze import Analyzer
from preprocessing.assign import row_fingerprints, split_codes
from preprocessing.records import example_features, labelled, raw_columns
from preprocessing.tfrecord import ExampleEncoder
from preprocessing.transform import LookupTable, transform

SCHEMA = Schema(
    features={"i": Numeric(dtype="int64"), "f": Numeric(dtype="float64"), "c": Categorical()}, label=Label(column="y")
)
BATCH = pa.RecordBatch.from_pydict(
    {
        "i": pa.array([1, None, 1 << 40], pa.int64()),
        "f": pa.array([0.5, None, float("nan")], pa.float64()),
        "c": pa.array([b"token", None, b"x" * 100], pa.binary()),
    }
)


def warm_kernels() -> None:
    """Run the stages of a task over three rows."""
    labels = np.array([0.0, 1.0, 1.0], np.float32)
    fingerprints = row_fingerprints(BATCH, BATCH.schema.names)
    codes = split_codes(fingerprints, {"train": 1.0})
    analyzer = Analyzer(SCHEMA)
    analyzer.add(BATCH, codes, labels, fingerprints)
    analyzer.extract()
    rules = [NumericInput(name, 0.0, 0.0, 1.0, indicator=False) for name in SCHEMA.numeric]
    tables = {"c": LookupTable.over(Vocabulary.of([b"token"], [1]))}
    inputs = transform(BATCH, SCHEMA, rules, tables)
    rows = np.arange(len(labels))
    ExampleEncoder(example_features(SCHEMA, "transformed", "packed")).encode(labelled(inputs, labels), rows)
    ExampleEncoder(example_features(SCHEMA, "raw", "columns")).encode(
        labelled(raw_columns(BATCH, SCHEMA, "columns"), labels), rows
    )
