"""Parquet to typed record batches: some rows at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.dataset import SourceFile
from contracts.errors import UnreadableFile
from sources.columnar.units import BATCH_ROWS, Units
from sources.files.resolve_sources import filesystem_of
from sources.read_request import ReadRequest
from sources.values.arrow_values import check_flat, typed_rows

_DICTIONARY_BYTES = 3
"""Largest size per value of a column chunk of dictionary indices; plain text takes more."""


def _open(
    file: SourceFile, dictionaries: Sequence[str] = (), metadata: pq.FileMetaData | None = None
) -> pq.ParquetFile:
    """Open a file. `dictionaries`: columns to read as dictionary arrays; `metadata`: the file's, if already read."""
    filesystem, path = filesystem_of(file.uri)
    try:
        return pq.ParquetFile(filesystem.open_input_file(path), read_dictionary=list(dictionaries), metadata=metadata)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is not a Parquet file: {error}", pointer="/source") from error


def schema(file: SourceFile) -> pa.Schema:
    """Return the file's columns, as Arrow types."""
    with _open(file) as opened:
        return opened.schema_arrow


def units(file: SourceFile) -> Units:
    """Return the file's rows; its pieces are row groups."""
    with _open(file) as opened:
        rows, begins = opened.metadata.num_rows, _group_begins(opened)
        groups = list(pairwise(begins))
        return Units(opened.schema_arrow.names, rows, rows, pieces=groups, passes=groups, begins=begins)


def rows_before(file: SourceFile, start: int) -> int:  # noqa: ARG001  as `ColumnarFormat` has it
    """Return `start`: ranges of Parquet count rows."""
    return start


def read(request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's rows in batches of the requested columns; a missing value is null. Errors as in `typed_rows`.

    A row group can only be decoded from its start: one that several ranges share is decoded up to the end of this range.
    """
    start, end = request.part.start, request.part.end
    with _open(request.file) as opened:
        check_flat(opened.schema_arrow, request.columns, request.file)
        begins = _group_begins(opened)
        groups = [group for group in range(opened.num_row_groups) if begins[group] < end and begins[group + 1] > start]
        metadata = opened.metadata
    dictionaries = _dictionaries(metadata, groups) & set(request.columns)
    with _open(request.file, sorted(dictionaries), metadata) as opened:
        batches = opened.iter_batches(BATCH_ROWS, row_groups=groups, columns=list(request.columns), use_threads=False)
        row = begins[groups[0]] if groups else end
        while row < end and (batch := _next_batch(batches, request.file)) is not None:
            here = batch.slice(max(start - row, 0), end - max(start, row))
            if here.num_rows:
                yield typed_rows(here, request, max(row, start) - start, lambda row: f"row {start + row}")
            row += batch.num_rows


def _dictionaries(metadata: pq.FileMetaData, groups: Sequence[int]) -> set[str]:
    """Return the text columns that are dictionary-encoded in these row groups; decoding them as dictionaries is faster."""
    sizes: Counter[str] = Counter()
    for group in map(metadata.row_group, groups):
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.physical_type == "BYTE_ARRAY":
                sizes[chunk.path_in_schema] += chunk.total_uncompressed_size - _DICTIONARY_BYTES * chunk.num_values
    return {name for name, beyond in sizes.items() if beyond < 0}


def _group_begins(opened: pq.ParquetFile) -> list[int]:
    """Return the first row of each row group, and the total number of rows."""
    sizes = [opened.metadata.row_group(group).num_rows for group in range(opened.num_row_groups)]
    return list(accumulate(sizes, initial=0))


def _next_batch(batches: Iterator[pa.RecordBatch], file: SourceFile) -> pa.RecordBatch | None:
    """Return the next batch, None after the last. Raises `UnreadableFile` if the file is damaged."""
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is damaged: {error}", pointer="/source") from error
