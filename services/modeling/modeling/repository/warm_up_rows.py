"""The raw rows that a version was checked with, kept with it: real requests with which a server can warm it up.

`kept_rows.arrow` is one Arrow IPC file with a record batch: a column per raw feature, in the order of the schema, int64,
float64 or binary, null where the value is missing. The first two rows are made: all values missing, and no token known. The
others, a few hundred, are rows of the training data.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from contracts.errors import CorruptData
from contracts.schema import Schema
from modeling.feature_kinds.raw_values import RawColumns, RawValues

KEPT_ROWS = "kept_rows.arrow"


def write_kept_rows(folder: Path, rows: pa.RecordBatch) -> None:
    """Write the rows into a version's staging folder."""
    with pa.OSFile(str(folder / KEPT_ROWS), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as out:
        out.write_batch(rows)


def read_kept_rows(folder: Path, schema: Schema) -> RawValues:
    """Of a version's folder: `numeric` float32 [rows, N], NaN where missing, and tokens, bytes [rows, M], empty where missing.

    Raises `CorruptData` where the file is not there or does not hold the schema's features.
    """
    path = folder / KEPT_ROWS
    try:
        with pa.memory_map(str(path)) as mapped:
            rows = pa.ipc.open_file(mapped).get_batch(0)
            return RawColumns.of(schema).from_batch(rows)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise CorruptData(f"{path.name} does not hold rows of the version's features: {error}") from error
