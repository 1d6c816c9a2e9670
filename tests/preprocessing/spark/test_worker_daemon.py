"""Workers are forked from a daemon that has loaded what tasks need."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.preprocessing.planned_work import planned_work

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TEXT = "y,n,k\n" + "".join(f"{i % 2},{i},t{i % 5}\n" for i in range(50))


JOBS: dict[str, dict[str, Any]] = {
    **{records: {"records": records} for records in ("none", "raw", "transformed")},
    "by values": {"splits": {"column": "k", "values": {"train": ["t0", "t1"], "test": ["t2"]}}},
    "by time": {"splits": {"time": {"column": "n", "test_from": 25}}},
    "by files": {"splits": {"files": {"train": ["t.csv"]}}},
}


@pytest.fixture
def fresh_daemon(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark starts a daemon for each environment of workers, and a worker serves many tasks: here, none before."""
    monkeypatch.setitem(spark.sparkContext.environment, "TANDEM_TEST_OF", "worker_daemon")


@pytest.mark.usefixtures("fresh_daemon")
def test_a_task_imports_nothing_more(spark: SparkSession, tmp_path: Path) -> None:
    works: list[bytes] = []  # as bytes: a worker that loads the function loads none of our modules with it
    for name, body in JOBS.items():
        root = tmp_path / name
        root.mkdir()
        works.append(pickle.dumps(planned_work(root, TEXT, **body)[1]))

    def scan_and_look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import gc  # noqa: PLC0415  in the worker
        import sys  # noqa: PLC0415

        before, frozen = set(sys.modules), gc.get_freeze_count()
        import pickle  # noqa: PLC0415

        import psutil  # noqa: PLC0415

        from preprocessing.range_tasks import scan  # noqa: PLC0415

        for _ in batches:
            rows = [sum(sums.rows for sums in scan(pickle.loads(work), 0).partial.rows) for work in works]
            rooms = ("preprocessing", "contracts", "sources", "numba", "pyarrow", "numpy", "pandas")
            added = sorted(name for name in {*sys.modules} - before if name.partition(".")[0] in rooms)
            parent: Any = psutil.Process().parent()
            seen = {
                "rows": [rows],
                "added": [",".join(added)],
                "frozen": [frozen],
                "parent": [" ".join(parent.cmdline())],
            }
            yield pa.RecordBatch.from_pydict(seen)

    schema = "rows array<bigint>, added string, frozen bigint, parent string"
    (row,) = spark.range(1).mapInArrow(scan_and_look, schema).collect()
    assert row["rows"] == [50, 50, 50, 30, 50, 50]
    assert row["added"] == ""
    assert row["frozen"] > 10_000
    assert "preprocessing.spark.worker_daemon" in row["parent"]
