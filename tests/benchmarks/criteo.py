"""A file shaped like the Criteo click logs: a label, 13 integers, 26 categories with long-tailed values, much missing.

Missing shares, cardinalities and the click rate follow what is published about the Kaggle data set; the values are drawn,
so that nothing needs to be downloaded, and the same seed gives the same bytes. The label depends on some of the columns,
so that a model has something to learn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

INTEGERS = [f"I{i}" for i in range(1, 14)]
CATEGORIES = [f"C{i}" for i in range(1, 27)]
COLUMNS = ["label", *INTEGERS, *CATEGORIES]

_MISSING_INTEGERS = [0.45, 0.0, 0.21, 0.22, 0.03, 0.22, 0.04, 0.0005, 0.04, 0.45, 0.04, 0.77, 0.22]
_SPREAD = [1.0, 3.0, 2.0, 1.5, 7.0, 3.0, 2.0, 2.2, 4.0, 0.4, 1.2, 0.5, 1.6]
_CARDINALITIES = [
    1460,
    583,
    10_131_227,
    2_202_608,
    305,
    24,
    12_517,
    633,
    3,
    93_145,
    5_683,
    8_351_593,
    3_194,
    27,
    14_992,
    5_461_306,
    10,
    5_652,
    2_173,
    4,
    7_046_547,
    18,
    15,
    286_181,
    105,
    142_572,
]
_MISSING_CATEGORIES = {
    2: 0.034,
    3: 0.034,
    5: 0.12,
    11: 0.034,
    15: 0.034,
    18: 0.44,
    19: 0.44,
    20: 0.034,
    21: 0.76,
    23: 0.034,
    24: 0.44,
    25: 0.44,
}
_CHUNK = 250_000
_ROW_GROUP = 125_000
"""Of Parquet; much as DuckDB (122,880) and Polars divide a table."""


def _tokens(ids: np.ndarray, column: int) -> pa.Array:
    """Eight hexadecimal digits per id, scattered like a hash."""
    mixed = (ids.astype(np.uint64) + np.uint64(column << 40)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed >> np.uint64(32)).astype(np.uint32)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    nibbles = (mixed[:, None] >> np.arange(28, -4, -4, dtype=np.uint32)) & np.uint32(15)
    return pa.array(digits[nibbles].view("S8").ravel().astype("U8"))


def chunk(rng: np.random.Generator, rows: int) -> pa.Table:
    """Some rows as typed columns; a missing value is null."""
    columns: dict[str, pa.Array] = {}
    score = rng.normal(-1.6, 0.7, rows)
    for i, name in enumerate(INTEGERS):
        values = np.floor(rng.lognormal(1.0, 0.5 + _SPREAD[i] / 3, rows)).astype(np.int64) - (2 if i == 1 else 0)
        missing = rng.random(rows) < _MISSING_INTEGERS[i]
        score += 0.15 * np.where(missing, -0.5, np.log1p(np.maximum(values, 0)) - 1.0) * (1 if i % 3 else -1)
        columns[name] = pa.array(values, mask=missing)
    for i, name in enumerate(CATEGORIES):
        cardinality = _CARDINALITIES[i]
        # A bounded power law: the share of rank r falls like 1/r, as in the click logs.
        ids = np.floor(np.exp(rng.random(rows) * np.log(cardinality + 1.0))).astype(np.int64) - 1
        missing = rng.random(rows) < _MISSING_CATEGORIES.get(i, 0.0)
        score += np.where(missing, 0.0, np.sin(ids * (i + 1.0)) * 0.25)
        columns[name] = pa.array(_tokens(ids, i), mask=missing)
    label = (rng.random(rows) < 1 / (1 + np.exp(-score))).astype(np.int64)
    return pa.table({"label": label, **columns})


def write(path: Path, *, rows: int, seed: int = 1) -> None:
    """Write `rows` rows with a header: tab-separated, or Parquet where the name ends so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    sizes = [min(_CHUNK, rows - start) for start in range(0, rows, _CHUNK)]
    if path.suffix == ".parquet":
        first = chunk(rng, sizes[0])
        with parquet.ParquetWriter(path, first.schema) as out:
            out.write_table(first, _ROW_GROUP)
            for size in sizes[1:]:
                out.write_table(chunk(rng, size), _ROW_GROUP)
        return
    with path.open("wb") as stream:
        stream.write(("\t".join(COLUMNS) + "\n").encode())
        options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
        for size in sizes:
            csv.write_csv(chunk(rng, size), stream, options)
