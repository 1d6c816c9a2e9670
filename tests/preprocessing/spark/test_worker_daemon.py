"""Workers are forked from a daemon that has loaded what tasks need."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pyarrow as pa
import pytest

from preprocessing.engine import SparkEngine
from preprocessing.spark import worker_daemon


def test_a_worker_has_everything_loaded_and_frozen_before_its_first_task(engine: SparkEngine) -> None:
    needed = worker_daemon._NEEDED

    def look(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import gc  # noqa: PLC0415  in the worker
        import sys  # noqa: PLC0415

        import psutil  # noqa: PLC0415

        for _ in batches:
            missing = [name for name in needed if name not in sys.modules]
            parent: Any = psutil.Process().parent()
            seen = {
                "missing": [",".join(missing)],
                "frozen": [gc.get_freeze_count()],
                "parent": [" ".join(parent.cmdline())],
            }
            yield pa.RecordBatch.from_pydict(seen)

    assert engine.session is not None
    (row,) = engine.session.range(1).mapInArrow(look, "missing string, frozen bigint, parent string").collect()
    assert row["missing"] == ""
    assert row["frozen"] > 10_000
    assert "preprocessing.spark.worker_daemon" in row["parent"]


@pytest.mark.parametrize("name", worker_daemon._NEEDED)
def test_what_is_loaded_is_there(name: str) -> None:
    assert import_module(name).__name__ == name
