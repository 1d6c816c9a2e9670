"""Where the time of a dataset job goes: CPU seconds of one core for each phase, in one plain process, without Spark.

    python -m tests.benchmarks.phases --rows 300000

The stages are those that Spark's tasks run, over the same ranges; what Spark itself adds is not in these figures.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from rich.console import Console
from rich.table import Table
from tests.benchmarks import criteo

from contracts.dataset.data_folder import DataFolder
from contracts.input_rules import number_rules
from contracts.messages.datasets import DatasetRequest
from contracts.source import RangeSource
from contracts.storage import Storage
from preprocessing import range_tasks
from preprocessing.assignment import work as assignment_work
from preprocessing.feature_kinds import categorical
from preprocessing.planning.infer_schema import infer_schema
from preprocessing.planning.ranges import plan_ranges
from preprocessing.records import row_files, shards
from preprocessing.records.sample import RowSampler
from preprocessing.records.tfrecord import ExampleEncoder
from preprocessing.spark.warm_up import warm_kernels
from preprocessing.statistics import tfdv
from preprocessing.statistics.analyze import Analyzer, merge_partials
from preprocessing.statistics.assemble import statistics_of, token_sums_of
from preprocessing.statistics.numeric_columns import NumberColumn
from preprocessing.vocabularies import runs as staged
from preprocessing.vocabularies.merge_buckets import by_feature
from preprocessing.work_plan import plan_work
from sources.files.resolve_sources import locate

BUILD = Path("build/bench").absolute()
PARTS = [
    ("read", assignment_work, "read_range"),
    ("fingerprints", range_tasks, "column_fingerprints"),
    ("row fingerprints and splits", range_tasks, "row_fingerprints"),
    ("row fingerprints and splits", range_tasks, "_divided"),
    ("draw the sample", RowSampler, "add"),
    ("draw the sample", RowSampler, "stage"),
    ("count tokens", Analyzer, "add"),
    ("count numbers", NumberColumn, "add"),
    ("stage numbers", range_tasks, "stage_numbers"),
    ("encode", ExampleEncoder, "encode"),
    ("raw columns", range_tasks, "raw_columns"),
    ("write records, SHA-256", shards.ShardWriter, "write"),
    ("fsync records", shards.ShardWriter, "finish"),
    ("stage tokens", Analyzer, "take_tokens"),
    ("stage tokens", staged.RunWriter, "end_run"),
    ("stage rows", staged.RunWriter, "write"),
    ("split and label files", row_files.RowsWriter, "write"),
    ("split and label files", row_files.RowsWriter, "finish"),
    ("merge tokens", range_tasks, "merge_bucket"),
    ("merge numbers", range_tasks, "merge_features"),
    ("join buckets", range_tasks, "join_buckets"),
    ("ids of runs", categorical, "token_ids"),
    ("transform", range_tasks, "transform"),
]


class Clock:
    """CPU seconds by phase; a phase within another is counted in its own."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = time.process_time()

    def turn(self) -> None:
        now = time.process_time()
        self.seconds[self._open[-1] if self._open else "the rest"] += now - self._since
        self._since = now

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        self.turn()
        self._open.append(name)
        try:
            yield
        finally:
            self.turn()
            self._open.pop()

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time counted; of a generator, the time that its items take."""

        def call(*arguments: Any, **options: Any) -> Any:
            with self.phase(name):
                result = function(*arguments, **options)
            return self._items(name, result) if isinstance(result, Iterator) else result

        return call

    def _items(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.phase(name):
                item = next(items, self)
            if item is self:
                return
            yield item


def profile(source: Path, records: str, layout: str) -> dict[str, float]:
    """One job, stage by stage."""
    clock = Clock()
    with ExitStack() as patched:
        for name, owner, function in PARTS:
            timed = clock.timed(name, getattr(owner, function))
            patched.enter_context(patch.object(owner, function, timed))
        _run(clock, source, records, layout)
    clock.turn()
    return clock.seconds


def _run(clock: Clock, source: Path, records: str, layout: str) -> None:
    storage = Storage(str(BUILD / "phases"))
    shutil.rmtree(BUILD / "phases", ignore_errors=True)
    folder = DataFolder(storage, "phases", "job-1")
    folder.create()
    request = DatasetRequest.model_validate(
        {
            "name": "phases",
            "source": {"format": "tsv", "uris": [source.name]},
            "label": {"column": "label"},
            "records": records,
            "layout": layout,
        }
    )
    with clock.phase("plan, infer"):
        plan = plan_ranges(cast("RangeSource", request.source), locate(request.source.uris, [str(source.parent)]), None)
        schema = infer_schema(request, plan)
        work = plan_work(request, plan, schema, folder)
    scanned = [range_tasks.scan(work, part) for part in range(len(plan.ranges))]
    with clock.phase("statistics, publish"):
        found = merge_partials(part.partial for part in scanned)
    merges = range_tasks.Merges.of(scanned, schema, found.rows)
    merged = [range_tasks.merge(work, merges, part) for part in range(len(merges))]
    buckets = by_feature(schema, [bucket for part in merged for bucket in part.buckets])
    numbers = {each.feature: each for part in merged for each in part.numbers}
    several = [each for each in buckets.values() if len(each) > 1]
    for part in range(len(several)):
        range_tasks.join(work, several, part)
    with clock.phase("statistics, publish"):
        tokens = token_sums_of(buckets)
        statistics = statistics_of(schema, found, tokens, numbers, {}, ())
        statistics.model_dump_json(indent=1)
        tfdv.statistics_list(schema, statistics, tokens).SerializeToString()
    if records == "transformed":
        ids = {name: [bucket.ids for bucket in each if bucket.ids] for name, each in buckets.items()}
        for part in range(len(plan.ranges)):
            range_tasks.write_transformed(work, number_rules(schema, statistics), merges.runs, ids, part)
    shutil.rmtree(BUILD / "phases")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=300_000)
    given = arguments.parse_args()
    source = BUILD / f"criteo-{given.rows}-1.tsv"
    if not source.exists():
        criteo.write(source, rows=given.rows, seed=1)
    warm_kernels()
    modes = [
        ("none", "columns"),
        ("raw", "columns"),
        ("raw", "packed"),
        ("transformed", "columns"),
        ("transformed", "packed"),
    ]
    profile(source, "transformed", "columns")
    found = [profile(source, *mode) for mode in modes]
    table = Table("CPU seconds per million rows", *(" ".join(mode) for mode in modes))
    names = dict.fromkeys(name for each in found for name in each)
    scale = 1e6 / given.rows
    for name in names:
        table.add_row(name, *(f"{each.get(name, 0) * scale:.2f}" for each in found))
    table.add_row("in all", *(f"{sum(each.values()) * scale:.2f}" for each in found))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
