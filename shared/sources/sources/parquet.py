"""Parquet to typed record batches: a run of row groups at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.dataset import SourceFile
from contracts.errors import UnreadableFile
from sources.arrow_values import check_flat, typed_rows
from sources.locations import filesystem_of
from sources.reading import Reading

BATCH_ROWS = 16_384


def open_parquet(file: SourceFile) -> pq.ParquetFile:
    """The opened file. Raises `UnreadableFile` when it is not Parquet."""
    filesystem, path = filesystem_of(file.uri)
    try:
        return pq.ParquetFile(filesystem.open_input_file(path))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is not a Parquet file: {error}", pointer="/source") from error


def read_parquet(asked: Reading) -> Iterator[pa.RecordBatch]:
    """The range's row groups, as batches of the columns asked for; a missing value is null. Errors as in `typed_rows`."""
    with open_parquet(asked.file) as opened:
        check_flat(opened.schema_arrow, asked.columns, asked.file)
        groups = list(range(asked.part.start, asked.part.end))
        before = 0
        batches = opened.iter_batches(BATCH_ROWS, row_groups=groups, columns=list(asked.columns), use_threads=False)
        while (batch := _next_batch(batches, asked.file)) is not None:
            yield typed_rows(batch, asked, before, lambda row: f"row {rows_before(asked.file, asked.part.start) + row}")
            before += batch.num_rows


def rows_before(file: SourceFile, group: int) -> int:
    """How many rows of the file come before a row group."""
    with open_parquet(file) as opened:
        return sum(opened.metadata.row_group(at).num_rows for at in range(group))


def _next_batch(batches: Iterator[pa.RecordBatch], file: SourceFile) -> pa.RecordBatch | None:
    """None after the last. Raises `UnreadableFile` where the file is damaged."""
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is damaged: {error}", pointer="/source") from error
