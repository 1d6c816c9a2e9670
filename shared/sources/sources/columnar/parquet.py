"""Parquet to typed record batches: some rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.dataset.manifest import SourceFile
from contracts.errors import UnreadableFile
from sources.columnar.arrow_errors import OF_CONTENT, decoding, unreadable
from sources.columnar.dictionary_indices import with_checked_indices
from sources.columnar.units import BATCH_ROWS, Units
from sources.files.resolve_sources import filesystem_of
from sources.read_request import ReadRequest
from sources.structs.flat_batches import flat_batch, flat_schema
from sources.values.arrow_values import check_columns, typed_rows

_DICTIONARY_BYTES = 3
"""Largest size per value of a column chunk of dictionary indices; plain text takes more."""

_PROBE_BYTES = 1 << 16
_UNSUPPORTED = ("not yet implemented", "not implemented", "unsupported", "not supported", "encoding", "decoder")
"""Words in Arrow's message for an encoding that it has no decoder for; it raises the same exceptions for damage."""


def _open(
    file: SourceFile,
    dictionaries: Sequence[str] = (),
    metadata: pq.FileMetaData | None = None,
    buffer_size: int = 0,
) -> pq.ParquetFile:
    """Open a file. `dictionaries`: columns to read as dictionary arrays; `metadata`: the file's, if already read.

    `buffer_size`: bytes of a column to read at a time; 0 for all that a row group has.
    """
    filesystem, path = filesystem_of(file.uri)
    with decoding(file, "is not a Parquet file"):
        return pq.ParquetFile(
            filesystem.open_input_file(path),
            read_dictionary=list(dictionaries),
            metadata=metadata,
            buffer_size=buffer_size,
        )


def schema(file: SourceFile) -> pa.Schema:
    """Return the file's columns, as Arrow types."""
    with _open(file) as opened:
        return _columns(opened, file)


def units(file: SourceFile) -> Units:
    """Return the file's rows; its pieces are row groups."""
    with _open(file) as opened:
        rows, begins = opened.metadata.num_rows, _group_begins(opened, file)
        groups = list(pairwise(begins))
        return Units(_columns(opened, file).names, rows, rows, pieces=groups, passes=groups, begins=begins)


def rows_before(file: SourceFile, start: int) -> int:  # noqa: ARG001  as `ColumnarFormat` has it
    """Return `start`: ranges of Parquet count rows."""
    return start


def read(request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's rows in batches of the requested columns; a missing value is null. Errors as in `typed_rows`.

    A row group can only be decoded from its start: one that several ranges share is decoded up to the end of this range.
    """
    start, end = request.part.start, request.part.end
    with _open(request.file) as opened:
        check_columns(_columns(opened, request.file), request)
        begins = _group_begins(opened, request.file)
        groups = [group for group in range(len(begins) - 1) if begins[group] < end and begins[group + 1] > start]
        metadata = opened.metadata
    dictionaries = _dictionaries(metadata, groups, request) if groups else set[str]()
    with _open(request.file, sorted(dictionaries), metadata) as opened:
        batches = _batches(opened, groups, request)
        row = begins[groups[0]] if groups else end
        while row < end and (batch := next(batches, None)) is not None:
            here = batch.slice(max(start - row, 0), end - max(start, row))
            if here.num_rows:
                yield typed_rows(here, request, max(row, start) - start, lambda row: f"row {start + row}")
            row += batch.num_rows


def _columns(opened: pq.ParquetFile, file: SourceFile) -> pa.Schema:
    """Return the columns, leaves of structs by path.

    Raises `UnreadableFile` for a type that Arrow does not have, or a name that is not UTF-8.
    """
    with decoding(file, "is damaged"):
        columns = opened.schema_arrow
        _ = columns.names  # decodes them
        return flat_schema(columns, file)


def _dictionaries(metadata: pq.FileMetaData, groups: Sequence[int], request: ReadRequest) -> set[str]:
    """Return the requested text columns that the first row group has as dictionaries: decoding them as such is faster.

    One row is read first, if that is possible: pyarrow ends the process where it is asked about a column whose metadata is
    damaged or encrypted, and raises where it reads one.
    """
    with suppress(*OF_CONTENT), _open(request.file, (), metadata, buffer_size=_PROBE_BYTES) as probe:
        next(probe.iter_batches(1, row_groups=groups[:1], columns=request.names, use_threads=False), None)
        tops = {*metadata.schema.to_arrow_schema().names}  # Arrow reads dictionaries of several row groups there alone
        chunks = map(metadata.row_group(groups[0]).column, _leaves(metadata, tops & {*request.names}))
        return {
            chunk.path_in_schema
            for chunk in chunks
            if chunk.physical_type == "BYTE_ARRAY"
            and chunk.total_uncompressed_size < _DICTIONARY_BYTES * chunk.num_values
        }
    return set()


def _leaves(metadata: pq.FileMetaData, names: Collection[str]) -> list[int]:
    """Return the numbers of columns, which are no lists, among the leaves of the schema."""
    leaves = range(len(metadata.schema.names))
    return [leaf for leaf in leaves if metadata.schema.column(leaf).path in names]


def _group_begins(opened: pq.ParquetFile, file: SourceFile) -> list[int]:
    """Return the first row of each row group, and the total number of rows."""
    with decoding(file, "is damaged"):
        sizes = [opened.metadata.row_group(group).num_rows for group in range(opened.num_row_groups)]
        if min(sizes, default=0) < 0:
            raise ValueError("a row group has a negative number of rows")
    return list(accumulate(sizes, initial=0))


def _batches(opened: pq.ParquetFile, groups: Sequence[int], request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the requested columns of row groups. Raises `UnreadableFile` for damage, and for what Arrow has no decoder for."""
    columns = request.names
    try:
        batches = opened.iter_batches(BATCH_ROWS, row_groups=list(groups), columns=columns, use_threads=False)
        yield from map(with_checked_indices, map(flat_batch, batches))
    except OF_CONTENT as error:
        raise _undecodable(opened, groups, columns, request.file, error) from error


def _undecodable(
    opened: pq.ParquetFile, groups: Sequence[int], columns: Sequence[str], file: SourceFile, error: Exception
) -> UnreadableFile:
    """Return the error for columns that Arrow cannot decode. One in an encoding or compression that it lacks is named."""
    reason = str(error).lower()
    if not isinstance(error, pa.ArrowNotImplementedError) and not any(word in reason for word in _UNSUPPORTED):
        return unreadable(file, "is damaged", error)
    for name in columns:
        try:
            for _ in opened.iter_batches(BATCH_ROWS, row_groups=list(groups), columns=[name], use_threads=False):
                pass
        except OF_CONTENT as own:
            return UnreadableFile(
                f"{file.uri}: Arrow cannot decode column {name!r} (encodings {_encodings(opened.metadata, groups, name)}): "
                f"{own}. Write the column in another encoding, such as PLAIN, or exclude it",
                pointer="/source",
            )
    return unreadable(file, "is damaged", error)


def _encodings(metadata: pq.FileMetaData, groups: Sequence[int], name: str) -> str:
    """Return the names of a column's encodings. Not its compression: pyarrow ends the process for one that it does not know."""
    leaves = _leaves(metadata, [name])
    chunks = [metadata.row_group(group).column(leaf) for group in groups for leaf in leaves]
    encodings = dict.fromkeys(encoding for chunk in chunks for encoding in chunk.encodings)
    return ", ".join(encodings)
