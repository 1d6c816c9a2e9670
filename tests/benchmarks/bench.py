"""`make bench`: whole dataset jobs beside Spark's own reading, the encoder beside a Python loop, predict beside an empty route.

Every figure comes from one run, so that ratios mean something on a machine that is shared; the session is warm, as it is in
the service. Writes the figures to `build/bench.json` as they come.
"""

from __future__ import annotations

import argparse
import math
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.benchmarks import predict_latency
from tests.benchmarks.figures import Figures
from tests.benchmarks.parts import in_its_own_process, key, pays_after
from tests.forms import FORMS

WIDTHS = "250,1000,2000"
"""Numbers of columns of the wide tables."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--repeat", type=int, default=3, help="times each job is run; the median is reported")
    arguments.add_argument(
        "--large",
        type=int,
        help="rows of a larger job, to see what time and memory follow; 0: none (default: 5 x rows)",
    )
    given = arguments.parse_args()
    large = 5 * given.rows if given.large is None else given.large
    size = {"rows": given.rows, "seed": given.seed}
    figures = Figures(Path("build/bench.json"))
    for part, options in (
        ("dataset_jobs", {**size, "repeat": given.repeat, "large": large}),
        ("training_input", {}),
        ("training", {}),
        ("default_network", {}),
        ("encoder", size),
        ("kinds", {"seed": given.seed}),
        ("wide_jobs", {"widths": WIDTHS}),
        ("wide_training", {"widths": WIDTHS}),
    ):
        figures.measure(part, partial(in_its_own_process, part, figures.add, **options))
    figures.measure("predict", predict)
    show(figures, given.rows)
    figures.end()


def predict() -> dict[str, Any]:
    """One row of 39 features over HTTP, one kept-alive client, beside an empty route of the same server."""
    found = predict_latency.measure()
    return {key: found[key] for key in ("empty_p50_ms", "predict_p50_ms", "predict_p99_ms")}


def show(found: dict[str, Any], rows: int) -> None:
    table = Table("what", "measured", "beside", title=f"{rows:,} rows, {os.cpu_count()} cores")
    parts = (
        show_jobs,
        show_large,
        show_memory,
        show_input,
        show_training,
        show_default_network,
        show_encoder,
        show_kinds,
    )
    for part in (*parts, show_predict, show_wide):
        with suppress(KeyError):  # of a part that failed, which is named below
            part(table, found)
    Console(width=110).print(table)


def show_jobs(table: Table, found: dict[str, Any]) -> None:
    floor = found["read_discard_s"]
    table.add_row("Spark reads the file and discards it", f"{floor:.2f} s", "")
    for mode in FORMS:
        name = f"dataset_{key(*mode)}"
        seconds, size = found[f"{name}_s"], found[f"{name}_bytes_per_row"]
        what = f"dataset job, records {mode[0]}, {mode[1]}"
        table.add_row(what, f"{seconds:.2f} s, {size:.0f} bytes a row", f"{seconds / floor:.2f} x the read")
    table.add_row(
        "the same rows from Parquet, raw, columns",
        f"{found['parquet_raw_s']:.2f} s",
        f"{found['parquet_ratio']:.2f} x from TSV, in pairs",
    )


def show_large(table: Table, found: dict[str, Any]) -> None:
    table.add_row("the first job after start-up", f"{found['first_job_extra_s']:.2f} s more", "than a warm one")
    table.add_row(
        f"raw, columns, {found['rows_large']:,} rows",
        f"{found['dataset_raw_large_s']:.2f} s",
        f"{found['per_row_5m_ratio']:.2f} x the time per row",
    )


def show_memory(table: Table, found: dict[str, Any]) -> None:
    large = (
        f", {found['peak_task_rss_large_mb']:.0f} MB with {found['rows_large']:,} rows" if "rows_large" in found else ""
    )
    table.add_row("largest Spark task (resident)", f"{found['peak_task_rss_mb']:.0f} MB{large}", "")
    table.add_row("JVM and tasks together", f"{found['job_peak_rss_mb']:.0f} MB", "shared pages counted once")


def show_input(table: Table, found: dict[str, Any]) -> None:
    for mode in FORMS:
        table.add_row(
            f"into training, records {mode[0]}, {mode[1]}", f"{found[f'input_{key(*mode)}_rows_per_s']:,} rows/s", ""
        )


def show_encoder(table: Table, found: dict[str, Any]) -> None:
    loop = found["python_loop_records_per_s"]
    encoder = found["encoder_records_per_s"]
    table.add_row("encoder, one core", f"{encoder:,} records/s", f"{encoder / loop:.0f} x the loop")
    table.add_row("a loop over tf.train.Example", f"{loop:,} records/s", "")


def show_kinds(table: Table, found: dict[str, Any]) -> None:
    for name, speeds in found["kinds"].items():
        beside = f"{speeds['graph'] / 1e6:.2f} million in the graph"
        table.add_row(f"{name}, one core", f"{speeds['kernel'] / 1e6:.1f} million values/s", beside)


def show_predict(table: Table, found: dict[str, Any]) -> None:
    empty = found["empty_p50_ms"]
    table.add_row("an empty FastAPI route, p50", f"{empty:.2f} ms", "")
    table.add_row(
        "predict, one row of 39 features, p50",
        f"{found['predict_p50_ms']:.2f} ms",
        f"{found['predict_p50_ms'] / empty:.2f} x the empty route",
    )
    table.add_row("predict, p99", f"{found['predict_p99_ms']:.2f} ms", "")


def show_wide(table: Table, found: dict[str, Any]) -> None:
    """Tables of many columns and 300 rows; growth by columns is the exponent between the two widest."""
    *_, fewer, most = map(int, WIDTHS.split(","))
    for what, part in (
        ("dataset job", "dataset"),
        ("training of one epoch", "train"),
        ("load and predict", "first_prediction"),
    ):
        less, more = found[f"{part}_wide{fewer}_s"], found[f"{part}_wide{most}_s"]
        growth = math.log(more / less) / math.log(most / fewer)
        table.add_row(
            f"{what}, {most:,} numeric columns", f"{more:.2f} s", f"grows with columns to the power {growth:.2f}"
        )


def show_training(table: Table, found: dict[str, Any]) -> None:
    """Training beside plain Keras, and what the three kinds of records cost in all."""
    for ending, what in (("", "vocabularies as they are"), ("_small_tables", "ids mod 10,000")):
        ours, plain = found[f"train_examples_per_s{ending}"], found[f"plain_keras_examples_per_s{ending}"]
        table.add_row(f"training, {what}", f"{ours:,} examples/s", f"{ours / plain:.2f} x plain Keras ({plain:,})")
    reading = found["input_examples_per_s"]
    table.add_row(
        "its input alone", f"{reading:,} examples/s", f"{reading / found['train_examples_per_s']:.2f} x the training"
    )
    for mode, figures in found["modes"].items():
        table.add_row(
            f"one epoch from records {mode}",
            f"{figures['epoch_s']:.2f} s, {figures['examples_per_s']:,} examples/s",
            f"{figures['bytes_per_row']:.0f} bytes a row on disk",
        )
    for mode in ("raw", "none"):
        epochs = pays_after(found, mode)
        after = "never" if epochs is None else f"after {epochs:.1f} epochs"
        table.add_row(f"transformed has paid for itself, beside {mode}", after, "its job takes longer, its epochs less")


def show_default_network(table: Table, found: dict[str, Any]) -> None:
    """The default network beside `dnn`, which it replaced."""
    ours, plain = found["train_default_examples_per_s"], found["train_dnn_examples_per_s"]
    table.add_row("training, the default network", f"{ours:,} examples/s", f"{ours / plain:.2f} x dnn ({plain:,})")
    ours, plain = found["served_default_p50_ms"], found["served_dnn_p50_ms"]
    table.add_row("one row of it served, p50", f"{ours:.2f} ms", f"{ours / plain:.2f} x dnn ({plain:.2f})")


if __name__ == "__main__":
    main()
