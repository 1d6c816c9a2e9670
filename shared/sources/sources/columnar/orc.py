"""ORC to typed record batches: a run of stripes at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import orc

from contracts.dataset.manifest import SourceFile
from sources.columnar.arrow_errors import decoding
from sources.columnar.units import BATCH_ROWS, Units
from sources.files.resolve_sources import filesystem_of
from sources.read_request import ReadRequest
from sources.structs.flat_batches import flat_batch, flat_schema
from sources.values.arrow_values import check_columns, typed_rows


def _open(file: SourceFile) -> tuple[orc.ORCFile, pa.Schema]:
    """Return the opened file and its columns, leaves of structs by path.

    Raises `UnreadableFile`, also where its top level is no struct of columns.
    """
    filesystem, path = filesystem_of(file.uri)
    with decoding(file, "is not an ORC file"):
        opened = orc.ORCFile(filesystem.open_input_file(path))
        columns = opened.schema
        _ = columns.names  # decodes them: a name may not be UTF-8
        return opened, flat_schema(columns, file)


def schema(file: SourceFile) -> pa.Schema:
    """Return the file's columns."""
    return _open(file)[1]


def units(file: SourceFile) -> Units:
    """Return the file's stripes."""
    opened, columns = _open(file)
    stripes = [(stripe, stripe + 1) for stripe in range(opened.nstripes)]
    return Units(columns.names, opened.nstripes, opened.nrows, pieces=stripes, passes=stripes)


def read(request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's stripes in batches of the requested columns; a missing value is null. Errors as in `typed_rows`."""
    opened, columns = _open(request.file)
    check_columns(columns, request)
    before = 0
    for stripe in range(request.part.start, request.part.end):
        rows = _stripe(opened, stripe, request.names, request.file)
        for begin in range(0, rows.num_rows, BATCH_ROWS):
            yield typed_rows(
                rows.slice(begin, BATCH_ROWS),
                request,
                before + begin,
                lambda row: f"row {rows_before(request.file, request.part.start) + row}",
            )
        before += rows.num_rows


def rows_before(file: SourceFile, start: int) -> int:
    """Return the number of rows before a stripe, by reading one column of the earlier stripes."""
    opened, columns = _open(file)
    return sum(_stripe(opened, stripe, columns.names[:1], file).num_rows for stripe in range(start))


def _stripe(opened: orc.ORCFile, stripe: int, columns: list[str], file: SourceFile) -> pa.RecordBatch:
    """Read one stripe. Raises `UnreadableFile` if the file is damaged."""
    with decoding(file, "is damaged"):
        return flat_batch(opened.read_stripe(stripe, columns=columns))
