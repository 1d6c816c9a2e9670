"""The record encoder alone on one core, beside the loop that a tutorial would write."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tests.benchmarks.parts import median, source_file

from contracts.messages.datasets import DatasetRequest
from contracts.schema import ValueType
from contracts.source import DelimitedText
from preprocessing.planning.infer_schema import infer_schema
from preprocessing.planning.ranges import plan_ranges
from preprocessing.records.example_features import example_features, labelled, raw_columns
from preprocessing.records.tfrecord import ExampleEncoder
from sources.files.resolve_sources import locate
from sources.read_range import read_range

ENCODER_ROWS = 100_000
LOOP_ROWS = 3_000


def measure(source: Path) -> dict[str, Any]:
    """The encoder alone on one core, beside the loop that a tutorial would write."""
    given = DelimitedText(format="tsv", uris=[str(source)])
    plan = plan_ranges(given, locate([str(source)], [str(source.parent)]), None)
    request = DatasetRequest.model_validate({"name": "x", "source": given, "label": {"column": "label"}})
    schema = infer_schema(request, plan)
    columns: dict[str, ValueType] = {**schema.kept_types, "label": "int64"}
    batches, rows = [], 0
    for batch in read_range(plan.source, plan.files, plan.ranges[0], columns):
        labels = np.array(batch.column("label").to_numpy(), np.float32)
        batches.append(labelled(raw_columns(batch, schema, "columns"), schema, labels))
        rows += batch.num_rows
        if rows >= ENCODER_ROWS:
            break
    kernel = ExampleEncoder(example_features(schema, "raw", "columns"))

    def encode() -> None:
        for batch in batches:
            for _ in kernel.encode(batch, np.arange(batch.num_rows)):
                pass

    encode()
    seconds = median(encode, 7)
    table = batches[0].slice(0, LOOP_ROWS).to_pylist()
    feature, bytes_list, int64_list = tf.train.Feature, tf.train.BytesList, tf.train.Int64List

    def loop() -> None:
        for row in table:
            features = {
                name: feature(int64_list=int64_list(value=[value]))
                if isinstance(value, int)
                else feature(bytes_list=bytes_list(value=[value]))
                for name, value in row.items()
                if value is not None
            }
            tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()

    return {
        "encoder_records_per_s": round(rows / seconds),
        "python_loop_records_per_s": round(len(table) / median(loop, 3)),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    print(json.dumps(measure(source_file(given.rows, given.seed))))
