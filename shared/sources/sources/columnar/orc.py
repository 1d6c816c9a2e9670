"""ORC to typed record batches: a run of stripes at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import orc

from contracts.dataset import SourceFile
from contracts.errors import UnreadableFile
from sources.columnar.units import BATCH_ROWS, Units
from sources.files.resolve_sources import filesystem_of
from sources.read_request import ReadRequest
from sources.values.arrow_values import check_flat, typed_rows


def _open(file: SourceFile) -> orc.ORCFile:
    filesystem, path = filesystem_of(file.uri)
    try:
        return orc.ORCFile(filesystem.open_input_file(path))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is not an ORC file: {error}", pointer="/source") from error


def schema(file: SourceFile) -> pa.Schema:
    """Return the file's columns."""
    return _open(file).schema


def units(file: SourceFile) -> Units:
    """Return the file's stripes."""
    opened = _open(file)
    stripes = [(stripe, stripe + 1) for stripe in range(opened.nstripes)]
    return Units(opened.schema.names, opened.nstripes, opened.nrows, pieces=stripes, passes=stripes)


def read(request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's stripes in batches of the requested columns; a missing value is null. Errors as in `typed_rows`."""
    opened = _open(request.file)
    check_flat(opened.schema, request.columns, request.file)
    before = 0
    for stripe in range(request.part.start, request.part.end):
        rows = _stripe(opened, stripe, list(request.columns), request.file)
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
    opened = _open(file)
    names = opened.schema.names[:1]
    return sum(_stripe(opened, stripe, names, file).num_rows for stripe in range(start))


def _stripe(opened: orc.ORCFile, stripe: int, columns: list[str], file: SourceFile) -> pa.RecordBatch:
    """Read one stripe. Raises `UnreadableFile` if the file is damaged."""
    try:
        return opened.read_stripe(stripe, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is damaged: {error}", pointer="/source") from error
