"""Rows per second that one core reads of the same table in each format: `python -m tests.benchmarks.source_formats [rows]`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from tests.benchmarks.parts import median
from tests.sources.columnar.tfrecord.written import example, write
from tests.sources.reading import SOURCE

from contracts.schema import ValueType
from sources.files.resolve_sources import locate
from sources.read_range import read_range
from sources.whole_files import plan_whole_files

ROWS = 20_000
EACH = 13
"""Columns of integers, of floats and of text; a tenth of the values is missing."""


def table(rows: int) -> pa.Table:
    """Columns of the three types, of any magnitude and number of distinct values."""
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for index in range(EACH):
        missing = generator.random(rows) < 0.1
        columns[f"count_{index}"] = pa.array(generator.integers(-5, 1 << 4 * index + 3, rows), mask=missing)
        columns[f"number_{index}"] = pa.array(generator.normal(size=rows).astype(np.float32), mask=missing)
        texts = np.char.add("token", generator.integers(0, 10 ** (index % 5 + 1), rows).astype(str))
        columns[f"category_{index}"] = pa.array(texts, pa.string(), mask=missing)
    return pa.table(columns)


def write_all(folder: Path, rows: pa.Table) -> None:
    """Write the table as `t.parquet`, `t.csv`, `t.jsonl` and `t.tfrecord`."""
    pq.write_table(rows, folder / "t.parquet")
    pa_csv.write_csv(rows, folder / "t.csv")
    objects = rows.to_pylist()
    with (folder / "t.jsonl").open("w") as out:
        out.writelines(
            json.dumps({name: value for name, value in row.items() if value is not None}) + "\n" for row in objects
        )
    encoded = (
        {name: value.encode() if isinstance(value, str) else value for name, value in row.items()} for row in objects
    )
    write(folder / "t.tfrecord", map(example, encoded))


def measure(rows: int = ROWS) -> dict[str, float]:
    """Return the rows per second of processor time that `read_range` yields of each format."""
    made = table(rows)
    types: dict[str, ValueType] = {
        name: "int64" if name.startswith("count") else "float64" if name.startswith("number") else "bytes"
        for name in made.column_names
    }
    speeds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        write_all(folder, made)
        for name in ("parquet", "csv", "jsonl", "tfrecord"):
            source = SOURCE.validate_python({"format": name, "uris": [f"t.{name}"]})
            plan = plan_whole_files(source, locate(source.uris, [root]))

            def read(plan: Any = plan) -> int:
                batches = (read_range(plan.source, plan.files, part, types) for part in plan.ranges)
                return sum(batch.num_rows for part in batches for batch in part)

            assert read() == rows
            start = time.process_time()
            median(read, 5)
            speeds[name] = 5 * rows / (time.process_time() - start)
    return speeds


if __name__ == "__main__":
    for name, speed in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS).items():
        print(f"{name:10}{speed:12,.0f} rows/s on one core, {3 * EACH * speed:14,.0f} values/s")
