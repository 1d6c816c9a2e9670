"""Keys and predictions to Parquet or JSON lines, in parts of a bounded number of rows."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from pydantic_core import to_json

from contracts.errors import InvalidRequest, pointer
from contracts.messages.batch_predictions import OutputFile
from contracts.storage import Storage
from sources.arrays import Array

ROWS_PER_PART = 1_000_000
ROWS_PER_GROUP = 65_536


class _Sink(Protocol):
    def write(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class _JsonLines:
    """An object a line; a number that is not finite is null, and a time is as in ISO 8601, with all of its digits."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, batch: pa.RecordBatch) -> None:
        columns = {name: _as_json(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
        for row in pa.record_batch(columns).to_pylist():
            self._stream.write(to_json(row, inf_nan_mode="null") + b"\n")

    def close(self) -> None:
        """Leave the stream open: the caller owns it."""


class _Parquet:
    """Row groups of at least `ROWS_PER_GROUP` rows, for batches of any size."""

    def __init__(self, stream: Any, schema: pa.Schema) -> None:
        self._writer = parquet.ParquetWriter(stream, schema, compression="zstd")
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= ROWS_PER_GROUP:
            self._write_group()

    def close(self) -> None:
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held))
            self._held, self._rows = [], 0


class Output:
    """The parts written; use `open_output`."""

    def __init__(self, storage: Storage, folder: str, kind: Literal["parquet", "jsonl"], rows_per_part: int) -> None:
        self.files: list[OutputFile] = []
        self.columns: list[str] = []
        self._storage, self._folder, self._kind, self._rows_per_part = storage, folder, kind, rows_per_part
        self._open: tuple[Any, _Sink, str] | None = None
        self._rows = 0

    def write(self, keys: dict[str, pa.Array], outputs: dict[str, Array]) -> None:
        """Write some rows: the keys, then the outputs. Raises `InvalidRequest` for a key with the name of an output."""
        for index, key in enumerate(keys):
            if key in outputs:
                raise InvalidRequest(
                    f"the output has a column of that name already. Received: {key!r}", pointer=pointer("keys", index)
                )
        columns = {**keys, **{name: _column(values) for name, values in outputs.items()}}
        batch = pa.record_batch(columns)
        self.columns = list(columns)
        while batch.num_rows:
            sink = self._sink(batch.schema)
            some = batch.slice(0, self._rows_per_part - self._rows)
            sink.write(some)
            self._rows += some.num_rows
            batch = batch.slice(some.num_rows)
            if self._rows == self._rows_per_part:
                self.end_part()

    def _sink(self, schema: pa.Schema) -> _Sink:
        if self._open is None:
            path = f"{self._folder}/part-{len(self.files):05d}.{self._kind}"
            opened = self._storage.open_output(path)
            stream = opened.__enter__()
            self._open = opened, (_Parquet(stream, schema) if self._kind == "parquet" else _JsonLines(stream)), path
        return self._open[1]

    def end_part(self) -> None:
        """Close the part that is open, if any, make it durable, and record its size and checksum."""
        if self._open is None:
            return
        opened, sink, path = self._open
        self._open = None
        try:
            sink.close()
        finally:  # also on a full disk
            opened.__exit__(None, None, None)
        self._storage.sync(path)
        with self._storage.open_input(path) as stream:
            size = stream.size()
        self.files.append(OutputFile(path=path, rows=self._rows, bytes=size, sha256=self._storage.sha256(path)))
        self._rows = 0

    def abandon(self) -> None:
        """Close the open part after an error; its file is removed with the folder."""
        if self._open is not None:
            opened, _, _ = self._open
            self._open = None
            opened.__exit__(None, None, None)


@contextmanager
def open_output(
    storage: Storage, folder: str, kind: Literal["parquet", "jsonl"], rows_per_part: int = ROWS_PER_PART
) -> Generator[Output]:
    """Open a new output in a folder that is not published yet."""
    output = Output(storage, folder, kind, rows_per_part)
    try:
        yield output
        output.end_part()
    finally:
        output.abandon()


def _column(values: Array) -> pa.Array:
    """Return one number or text per row, or a list of numbers."""
    if values.dtype == object:  # the name of a class
        return pa.array(values, pa.binary()).cast(pa.string())
    if values.ndim == 1:
        return pa.array(values)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])


def _as_json(column: pa.Array) -> pa.Array:
    """Return a column that JSON can hold: of timestamps their text, with `Z` where they are points in time."""
    kind = column.type
    if not pa.types.is_timestamp(kind):
        return column.cast(pa.string()) if pa.types.is_time(kind) or pa.types.is_date(kind) else column
    zone = "" if kind.tz is None else "Z"
    return pc.strftime(column.cast(pa.timestamp(kind.unit)), format=f"%Y-%m-%dT%H:%M:%S{zone}")
