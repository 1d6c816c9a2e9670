"""Logged rows as Arrow and back: a column per feature and per column that was sent, null where missing, and predictions.

Metadata, under the key `tandem`, say of which version the rows are, which features were redacted, and what our own columns
are called.
"""

from __future__ import annotations

import io
import json
import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.schema import Schema
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.raw_values import RawValues
from modeling.repository.versions import VersionManifest
from modeling.serving.loaded_version import Outputs

METADATA = b"tandem"
_AT_ONCE = 1024
"""Rows that are turned into Arrow at once, so that the interpreter is never held for long."""


@dataclass(frozen=True, slots=True)
class LoggedRows:
    """Some rows of one request. `time`: seconds since 1970; `outputs`: of these rows."""

    manifest: VersionManifest
    time: float
    values: RawValues
    outputs: Outputs

    def __len__(self) -> int:
        return self.values.rows

    @property
    def bytes(self) -> int:
        """Memory that the rows take, by rough count."""
        return self.values.bytes + sum(output.nbytes for output in self.outputs.values())


def parquet_file(logged: Sequence[LoggedRows], redacted: frozenset[str]) -> bytes:
    """Rows of one version as a Parquet file.

    `redacted`: features and columns that are left out, together with the features that are computed from them.
    """
    manifest = logged[0].manifest
    schema = manifest.schema_
    redacted |= {name for name, tree in schema.computed.items() if redacted & tree.columns().keys()}
    ours = {name: _free_name(name, schema) for name in ("time", *logged[0].outputs)}
    meaning = {
        "model": manifest.model,
        "version": manifest.version,
        "job": manifest.job,
        "redacted": sorted(redacted & set(schema.kept_types)),
        "columns": ours,
    }
    table = pa.Table.from_batches(list(_batches(logged, schema, ours, redacted)))
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({METADATA: json.dumps(meaning)}), sink, compression="zstd")
    return sink.getvalue()


def meaning_of(file: pq.ParquetFile) -> dict[str, Any]:
    """Read a file's metadata; empty for a file that is not of this log."""
    meaning = (file.schema_arrow.metadata or {}).get(METADATA)
    return {} if meaning is None else json.loads(meaning)


def _free_name(name: str, schema: Schema) -> str:
    name = f"tandem_{name}"
    while name in schema.kept_types:
        name += "_"
    return name


def _batches(
    logged: Sequence[LoggedRows], schema: Schema, ours: dict[str, str], redacted: frozenset[str]
) -> Iterator[pa.RecordBatch]:
    part: list[LoggedRows] = []
    for index, rows in enumerate(logged):
        part.append(rows)
        if index == len(logged) - 1 or sum(map(len, part)) >= _AT_ONCE:
            yield _batch(part, schema, ours, redacted)
            part = []
            clock.sleep(0.001)  # predictions go first


def _batch(
    logged: Sequence[LoggedRows], schema: Schema, ours: dict[str, str], redacted: frozenset[str]
) -> pa.RecordBatch:
    moments = [datetime.fromtimestamp(rows.time, UTC) for rows in logged for _ in range(len(rows))]
    columns: dict[str, pa.Array] = {ours["time"]: pa.array(moments, pa.timestamp("us", "UTC"))}
    kinds = FeatureKinds(schema)
    values = RawValues.joined([rows.values for rows in logged])
    rows = kinds.rows.of(values)
    logged_columns: dict[str, pa.Array] = {}
    for kind in kinds.all:
        logged_columns |= kind.logged(rows, redacted)
    columns |= {name: logged_columns[name] for name in rows.columns.names if name in logged_columns}
    columns |= {name: column for name, column in kinds.rows.other_columns(values).items() if name not in redacted}
    for name in logged[0].outputs:
        values = np.concatenate([rows.outputs[name] for rows in logged])
        columns[ours[name]] = pa.array(values) if values.ndim == 1 else pa.array(values.tolist())
    return pa.RecordBatch.from_pydict(columns)
