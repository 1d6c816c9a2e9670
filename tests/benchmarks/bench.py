"""`make bench`: whole dataset jobs beside Spark's own reading, the encoder beside a Python loop, predict beside an empty route.

Every figure comes from one run, so that ratios mean something on a machine that is shared; the session is warm, as it is in
the service. Writes the table's figures to `build/bench.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table
from tests.benchmarks import criteo, predict_latency
from tests.benchmarks.memory import Memory

from chassis.engine import JobContext
from contracts.dataset import open_dataset
from contracts.schema import ValueType
from contracts.source import DelimitedText
from contracts.storage import Storage
from modeling.dataset import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from preprocessing.engine import SparkEngine
from preprocessing.infer import infer_schema
from preprocessing.messages import DatasetRequest
from preprocessing.records import example_features, labelled, raw_columns
from preprocessing.settings import PreprocessingSettings
from preprocessing.splits import plan_ranges
from preprocessing.tfrecord import ExampleEncoder
from sources.locations import locate
from sources.pack import value_types
from sources.read import read_range

BUILD = Path("build/bench").absolute()
ENCODER_ROWS = 100_000
LOOP_ROWS = 3_000
MODES = [
    ("none", "columns"),
    ("raw", "columns"),
    ("raw", "packed"),
    ("transformed", "columns"),
    ("transformed", "packed"),
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--repeat", type=int, default=3, help="times each job is run; the median is reported")
    arguments.add_argument(
        "--times",
        type=int,
        default=1,
        help="times the file is read: more rows of the same values, to see what memory follows",
    )
    given = arguments.parse_args()
    source = BUILD / f"criteo-{given.rows}-{given.seed}.tsv"
    if not source.exists():
        print(f"generating {source} …")
        criteo.write(source, rows=given.rows, seed=given.seed)
    found: dict[str, Any] = {"rows": given.rows * given.times, "source_bytes": source.stat().st_size * given.times}
    found |= dataset_jobs(source, given.repeat, given.times)
    found |= training_input(str(source.parent))
    found |= encoder(source)
    found |= predict()
    show(found)
    path = Path("build/bench.json")
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written to {path}")


def median(run: Callable[[], object], repeat: int) -> float:
    """The median of the wall times, in seconds."""
    took: list[float] = []
    for _ in range(repeat):
        begun = time.perf_counter()
        run()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def dataset_jobs(source: Path, repeat: int, times: int) -> dict[str, Any]:
    """Spark's own read of the file, then whole jobs over it."""
    storage = BUILD / "storage"
    shutil.rmtree(storage, ignore_errors=True)
    settings = PreprocessingSettings(
        storage=str(storage), state=str(BUILD / "state"), source_roots=[str(source.parent)]
    )
    engine = SparkEngine(settings)
    engine.warm()
    session: Any = engine.session
    schema = ", ".join(
        [f"{name} bigint" for name in ["label", *criteo.INTEGERS]] + [f"{name} string" for name in criteo.CATEGORIES]
    )

    def read_and_discard() -> None:
        frame = session.read.csv([str(source)] * times, sep="\t", header=True, schema=schema)
        frame.write.format("noop").mode("overwrite").save()

    jobs = 0

    def job(records: str, layout: str) -> dict[str, Any]:
        nonlocal jobs
        jobs += 1
        name = f"{records}-{layout}"
        shutil.rmtree(storage / "datasets" / name, ignore_errors=True)
        request: dict[str, Any] = {
            "name": name,
            "source": {"format": "tsv", "uris": [source.name] * times},
            "label": {"column": "label"},
            "records": records,
            "layout": layout,
        }
        return engine.run("dataset", request, JobContext.alone(f"bench{jobs}"))

    found: dict[str, Any] = {}
    read_and_discard()
    job("transformed", "columns")
    done: dict[str, Any] = {}
    with Memory().watching() as memory:
        reads: list[float] = []
        for records, layout in MODES:
            # The floor is measured between the jobs, so that a slower minute of the machine slows both.
            reads.append(median(read_and_discard, max(1, repeat // 2)))
            key = f"dataset_{records}" + ("" if layout == "columns" else "_packed")
            found[f"{key}_s"] = median(lambda: done.update(job(records, layout)), repeat)  # noqa: B023
            found[f"{key}_bytes_per_row"] = round(done["bytes"] / sum(done["rows"].values()), 1)
            found[f"{key}_phases"] = done["seconds"]
    found["read_discard_s"] = statistics.median(reads)
    found["statistics_s"] = found["dataset_none_s"]
    found["peak_task_rss_mb"] = round(memory.task_mb, 1)
    found["job_peak_rss_mb"] = round(memory.job_mb, 1)
    engine.close()
    return found


def training_input(root: str) -> dict[str, Any]:
    """Model inputs per second that training can draw from each kind of dataset: one epoch of shuffled batches, no network."""
    found: dict[str, Any] = {}
    for records, layout in MODES:
        dataset = open_dataset(Storage(str(BUILD / "storage")), f"{records}-{layout}")
        inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
        with open_pipeline(dataset, inputs, [root]) as pipeline:
            begun = time.perf_counter()
            for _ in pipeline.training(4096, seed=1):
                pass
            rows_per_s = pipeline.rows("train") / (time.perf_counter() - begun)
        found[f"input_{records}" + ("" if layout == "columns" else "_packed") + "_rows_per_s"] = round(rows_per_s)
    return found


def encoder(source: Path) -> dict[str, Any]:
    """The encoder alone on one core, beside the loop that a tutorial would write."""
    given = DelimitedText(format="tsv", uris=[str(source)])
    plan = plan_ranges(given, locate([str(source)], [str(source.parent)]), None)
    request = DatasetRequest.model_validate({"name": "x", "source": given, "label": {"column": "label"}})
    schema = infer_schema(request, plan)
    columns: dict[str, ValueType] = {**value_types(schema), "label": "int64"}
    batches, rows = [], 0
    for batch in read_range(plan.source, plan.files, plan.ranges[0], columns):
        batches.append(
            labelled(raw_columns(batch, schema, "columns"), np.array(batch.column("label").to_numpy(), np.float32))
        )
        rows += batch.num_rows
        if rows >= ENCODER_ROWS:
            break
    kernel = ExampleEncoder(example_features(schema, "raw", "columns"))

    def encode() -> None:
        for batch in batches:
            kernel.encode(batch, np.arange(batch.num_rows))

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


def predict() -> dict[str, Any]:
    """One row of 39 features over HTTP, one kept-alive client, beside an empty route of the same server."""
    found = predict_latency.measure()
    return {key: found[key] for key in ("empty_p50_ms", "predict_p50_ms", "predict_p99_ms")}


def show(found: dict[str, Any]) -> None:
    table = Table("what", "measured", "beside", title=f"{found['rows']:,} rows, {os.cpu_count()} cores")
    floor = found["read_discard_s"]
    table.add_row("Spark reads the file and discards it", f"{floor:.2f} s", "")
    for records, layout in MODES:
        key = f"dataset_{records}" + ("" if layout == "columns" else "_packed")
        seconds, size = found[f"{key}_s"], found[f"{key}_bytes_per_row"]
        table.add_row(
            f"dataset job, records {records}, {layout}",
            f"{seconds:.2f} s, {size:.0f} bytes a row",
            f"{seconds / floor:.2f} x the read",
        )
    for records, layout in MODES:
        rate = found[f"input_{records}" + ("" if layout == "columns" else "_packed") + "_rows_per_s"]
        table.add_row(f"into training, records {records}, {layout}", f"{rate:,} rows/s", "")
    loop = found["python_loop_records_per_s"]
    table.add_row(
        "encoder, one core",
        f"{found['encoder_records_per_s']:,} records/s",
        f"{found['encoder_records_per_s'] / loop:.0f} x the loop",
    )
    table.add_row("a loop over tf.train.Example", f"{loop:,} records/s", "")
    table.add_row("largest Spark task (resident)", f"{found['peak_task_rss_mb']:.0f} MB", "")
    empty = found["empty_p50_ms"]
    table.add_row("an empty FastAPI route, p50", f"{empty:.2f} ms", "")
    table.add_row(
        "predict, one row of 39 features, p50",
        f"{found['predict_p50_ms']:.2f} ms",
        f"{found['predict_p50_ms'] / empty:.2f} x the empty route",
    )
    table.add_row("predict, p99", f"{found['predict_p99_ms']:.2f} ms", "")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
