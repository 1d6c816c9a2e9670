"""The raw rows that a version was checked with, kept with it: real requests with which a server can warm it up.

`kept_rows.arrow` is one Arrow IPC file with a record batch: a column per raw feature, in the order of the schema, int64,
float64 or binary, null where the value is missing. The first two rows are made: all values missing, and no token known. The
others, a few hundred, are rows of the training data.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import CorruptData
from contracts.schema import Schema
from modeling.feature_kinds.raw_values import RawColumns, RawValues

KEPT_ROWS = "kept_rows.arrow"
_MADE_ROWS = 2


def write_kept_rows(folder: Path, rows: pa.RecordBatch) -> None:
    """Write the rows into a version's staging folder."""
    with pa.OSFile(str(folder / KEPT_ROWS), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as out:
        out.write_batch(rows)


def example_values(folder: Path, names: Collection[str]) -> dict[str, int | float | str]:
    """Return for columns the first value among the rows of the training data; nothing of one that is missing in all of them.

    Raises `CorruptData` as `read_kept_rows` does.
    """
    examples: dict[str, int | float | str] = {}
    with _opened(folder) as rows:
        for name in names:
            values = _present(rows.column(name).slice(_MADE_ROWS)) if name in rows.schema.names else []
            if len(values):
                value = values[0].as_py()
                examples[name] = value.decode(errors="replace") if isinstance(value, bytes) else value
    return examples


def read_kept_rows(folder: Path, schema: Schema) -> RawValues:
    """Of a version's folder: `numeric` float32 [rows, N], NaN where missing, and tokens, bytes [rows, M], empty where missing.

    Raises `CorruptData` where the file is not there or does not hold the schema's features.
    """
    with _opened(folder) as rows:
        return RawColumns.of(schema).from_batch(rows)


@contextmanager
def _opened(folder: Path) -> Generator[pa.RecordBatch]:
    path = folder / KEPT_ROWS
    try:
        with pa.memory_map(str(path)) as mapped:
            yield pa.ipc.open_file(mapped).get_batch(0)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise CorruptData(f"{path.name} does not hold rows of the version's features: {error}") from error


def _present(values: pa.Array) -> pa.Array:
    there = pc.drop_null(values)
    return there.filter(pc.is_finite(there)) if pa.types.is_floating(there.type) else there
