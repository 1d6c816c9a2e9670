"""Whole dataset jobs in a warm session, beside Spark's own reading of the same file; their memory; the first job and a warm one.

Run by `bench.py` in a process that loads nothing else, so that what is measured is what the service's engine takes.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import criteo
from tests.benchmarks.memory import Memory
from tests.benchmarks.parts import BUILD, key, median, print_each, source_file
from tests.forms import FORMS

from chassis.engine.engine import JobContext
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings

STORAGE = BUILD / "storage"


class Jobs:
    """An engine, and the jobs that were run on it."""

    def __init__(self) -> None:
        settings = PreprocessingSettings(storage=str(STORAGE), state=str(BUILD / "state"), source_roots=[str(BUILD)])
        self.engine = SparkEngine(settings)
        self.engine.warm()
        self._count = 0

    def run(self, source: Path, records: str, layout: str = "columns") -> dict[str, Any]:
        """One job, to its summary; a dataset of that mode that is there already is replaced."""
        self._count += 1
        name = key(records, layout)
        shutil.rmtree(STORAGE / "datasets" / name, ignore_errors=True)
        request: dict[str, Any] = {
            "name": name,
            "source": {"format": source.suffix[1:], "uris": [source.name]},
            "label": {"column": "label"},
            "records": records,
            "layout": layout,
        }
        return self.engine.run("dataset", request, JobContext.alone(f"bench{self._count}"))

    def read_and_discard(self, source: Path) -> None:
        """What Spark takes to read and parse every value, with a schema given, and nothing else: the floor of a Spark job."""
        columns = [f"{name} bigint" for name in ["label", *criteo.INTEGERS]]
        columns += [f"{name} string" for name in criteo.CATEGORIES]
        session: Any = self.engine.session
        frame = session.read.csv(str(source), sep="\t", header=True, schema=", ".join(columns))
        frame.write.format("noop").mode("overwrite").save()


def measure(rows: int, seed: int, repeat: int, large: int) -> Iterator[dict[str, Any]]:
    """Yield every figure, as they come; the datasets of `rows` rows stay in the storage.

    Memory is watched before Spark itself reads the file: its own reader fills the JVM's heap, which our jobs do not.
    """
    shutil.rmtree(STORAGE, ignore_errors=True)
    source = source_file(rows, seed)
    many = source_file(large, seed) if large else None
    jobs = Jobs()
    yield {"rows": rows, "source_bytes": source.stat().st_size}
    first = median(lambda: jobs.run(source, "raw"), 1)
    yield {"first_job_extra_s": round(first - median(lambda: jobs.run(source, "raw"), repeat), 3)}
    with Memory().watching() as memory:
        for records in ("none", "raw", "transformed"):
            jobs.run(source, records)
    peak = round(memory.job_mb, 1)
    yield {"peak_task_rss_mb": round(memory.task_mb, 1), "job_peak_rss_mb": peak}
    if many is not None:
        figures = _large(jobs, source, many, rows, large)
        yield {**figures, "job_peak_rss_mb": max(peak, figures["job_peak_rss_large_mb"])}
    jobs.read_and_discard(source)
    yield _modes(jobs, source, repeat)
    yield _parquet(jobs, source, rows, seed, repeat)
    jobs.engine.close()


def _modes(jobs: Jobs, source: Path, repeat: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    reads: list[float] = []
    for records, layout in FORMS:
        done: dict[str, Any] = {}
        took: list[float] = []
        for _ in range(repeat):
            # The floor is measured between the jobs, so that a slower minute of the machine slows both.
            reads.append(median(lambda: jobs.read_and_discard(source), 1))
            took.append(median(lambda: done.update(jobs.run(source, records, layout)), 1))  # noqa: B023
        name = f"dataset_{key(records, layout)}"
        found[f"{name}_s"] = statistics.median(took)
        found[f"{name}_bytes_per_row"] = round(done["bytes"] / sum(done["rows"].values()), 1)
        found[f"{name}_phases"] = done["seconds"]
    found["read_discard_s"] = statistics.median(reads)
    found["statistics_s"] = found["dataset_none_s"]
    return found


def _parquet(jobs: Jobs, source: Path, rows: int, seed: int, repeat: int) -> dict[str, Any]:
    """In pairs, so that a slower minute of the machine slows both."""
    parquet = source.with_suffix(".parquet")
    if not parquet.exists():
        criteo.write(parquet, rows=rows, seed=seed)
    jobs.run(parquet, "raw")
    pairs = [
        (median(lambda: jobs.run(parquet, "raw"), 1), median(lambda: jobs.run(source, "raw"), 1)) for _ in range(repeat)
    ]
    return {
        "parquet_raw_s": statistics.median(ours for ours, _ in pairs),
        "parquet_ratio": round(statistics.median(ours / text for ours, text in pairs), 3),
    }


def _large(jobs: Jobs, source: Path, many: Path, rows: int, large: int) -> dict[str, Any]:
    """Time and memory at `large` rows, beside jobs of `rows` in the same minutes."""
    jobs.run(many, "none")  # so that the larger file lies in memory as the other does, which was read before
    before = median(lambda: jobs.run(source, "raw"), 2)
    with Memory().watching() as memory:
        seconds = median(lambda: jobs.run(many, "raw"), 1)
        shutil.rmtree(STORAGE / "datasets")
        jobs.run(many, "transformed", "packed")
    shutil.rmtree(STORAGE / "datasets")
    after = median(lambda: jobs.run(source, "raw"), 2)
    return {
        "rows_large": large,
        "dataset_raw_large_s": seconds,
        "per_row_5m_ratio": round((seconds / large) / ((before + after) / 2 / rows), 3),
        "peak_task_rss_large_mb": round(memory.task_mb, 1),
        "job_peak_rss_large_mb": round(memory.job_mb, 1),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--large", type=int, default=0)
    given = arguments.parse_args()
    print_each(measure(given.rows, given.seed, given.repeat, given.large))
