"""Warm-up of workers: every kernel runs once on a few rows, so that a worker forked afterwards has them compiled.

Numba caches machine code on disk: only the first start on a machine compiles (about 15 s), later ones load (0.3 s).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from contracts.features import Many
from contracts.input_rules import NumberRules, NumericInput
from contracts.schema import Categorical, Label, Numeric, Schema
from preprocessing.assignment.assign import column_fingerprints, row_fingerprints, split_codes
from preprocessing.assignment.splitters.value_hashes import value_hashes
from preprocessing.feature_kinds import feature_kinds
from preprocessing.feature_kinds.transform import transform
from preprocessing.kernels.record_lengths import records_until
from preprocessing.kernels.text.quote_states import FIELD_START, byte_classes, range_map, record_start, record_starts
from preprocessing.kernels.token_hashing import crossed
from preprocessing.records.example_features import example_features, labelled, raw_columns
from preprocessing.records.tfrecord import ExampleEncoder
from preprocessing.statistics.analyze import Analyzer
from preprocessing.statistics.numeric_columns import NumberColumn
from preprocessing.statistics.value_counts import CAPACITY
from preprocessing.vocabularies.runs import StagedRows
from preprocessing.vocabularies.token_sums import token_sums
from preprocessing.vocabularies.token_table import TokenTable, id_order
from sources.arrays import Uint8s, Uint64s
from sources.matrices import float32_column

SCHEMA = Schema(
    features={
        "i": Numeric(dtype="int64"),
        "f": Numeric(dtype="float64"),
        "c": Categorical(),
        "l": Categorical(many=Many()),
    },
    label=Label(column="y"),
)
BATCH = pa.RecordBatch.from_pydict(
    {
        "i": pa.array([1, None, 1 << 40], pa.int64()),
        "f": pa.array([0.5, None, float("nan")], pa.float64()),
        "c": pa.array([b"token", None, b"x" * 100], pa.binary()),
        "l": pa.array([b"a|b", None, b"[]"], pa.binary()),
    }
)


def warm_kernels() -> None:
    """Search for record starts, and run the stages of a task over three rows."""
    text = np.frombuffer(b'a,"b"\n1,2\n', np.uint8)
    classes = byte_classes(ord('"'), ord(","))
    record_start(text, classes, range_map(text, classes)[FIELD_START])
    comment = np.frombuffer(b"", np.uint8)
    record_starts(text, np.zeros(1, np.int64), ord('"'), ord(","), -1, True, comment, False)  # noqa: FBT003
    nothing = np.zeros(0, np.uint8)
    records_until(nothing.ctypes.data, len(nothing), 0, 1, np.zeros(1, np.int64), 0, 0)
    labels = np.array([0.0, 1.0, 1.0], np.float32)
    columns = column_fingerprints(BATCH)
    fingerprints = row_fingerprints(columns, BATCH.schema.names)
    value_hashes(BATCH.column("c"), columns["c"])
    codes = split_codes(fingerprints, {"train": 1.0})
    analyzer = Analyzer(SCHEMA)
    tokens = analyzer.add(BATCH, codes, labels, fingerprints, columns)
    runs = analyzer.take_tokens()
    run = runs["c"]
    table = TokenTable(len(run))
    table.add_run(run)
    token_sums(table)
    analyzer.numbers()
    _warm_many_tokens(columns["c"], codes)
    _warm_many_values()
    rules = NumberRules(
        tuple(NumericInput(name, fill=0.0, center=0.0, divisor=1.0) for name in SCHEMA.number_columns), ()
    )
    crossed(BATCH.column("c"), BATCH.column("c"), 2)
    numeric = {name: float32_column(BATCH.column(name)) for name in SCHEMA.number_columns}
    staged = StagedRows(codes, labels, numeric, tokens.numbers, {}, lists=tokens.lists)
    ids = {name: np.zeros(len(runs[name]) + 1, np.int64) for name in ("c", "l")}
    inputs = transform(staged, feature_kinds(SCHEMA), rules, ids)
    rows = np.arange(len(labels))
    list(
        ExampleEncoder(example_features(SCHEMA, "transformed", "packed")).encode(labelled(inputs, SCHEMA, labels), rows)
    )
    raw = labelled(raw_columns(BATCH, SCHEMA, "columns"), SCHEMA, labels)
    list(ExampleEncoder(example_features(SCHEMA, "raw", "columns")).encode(raw, rows))


def _warm_many_tokens(hashes: Uint64s, codes: Uint8s) -> None:
    """Run the code for a table that grows, and for tokens of several buckets."""
    table = TokenTable(1)
    table.add(BATCH.column("c"), hashes, codes, np.zeros(len(codes), np.bool_))
    id_order(table.run().column(0), table.counts[:, 0])


def _warm_many_values() -> None:
    """Run the code for columns with more distinct values than are counted exactly."""
    values = np.arange(CAPACITY + 1)
    codes, positives = np.ones(len(values), np.uint8), np.zeros(len(values), np.bool_)
    for kind, integers in ((pa.float64(), False), (pa.int64(), True)):
        column = NumberColumn(integers=integers)
        column.add(pa.array(values.astype(kind.to_pandas_dtype())), codes, positives, np.zeros(3, np.int64))
        column.extract()


def warm_process() -> None:
    """Call `warm_kernels`, unless this process or its parent has called it before the fork.

    Objects in memory are then frozen: pyspark's worker collects garbage after each task, and would walk all of them.
    """
    if not gc.get_freeze_count():
        warm_kernels()
        gc.collect()
        gc.freeze()


def warm_worker(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Warm the worker that this runs in, and yield the number of its rows. A function for `mapInArrow`."""
    warm_process()
    yield pa.RecordBatch.from_pydict({"rows": [sum(batch.num_rows for batch in batches)]})
