"""ORC to typed record batches: a run of stripes at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import orc

from contracts.dataset import SourceFile
from contracts.errors import UnreadableFile
from sources.columnar.parquet import BATCH_ROWS
from sources.files.resolve_sources import filesystem_of
from sources.read_request import Reading
from sources.values.arrow_values import check_flat, typed_rows


def open_orc(file: SourceFile) -> orc.ORCFile:
    """The opened file. Raises `UnreadableFile` when it is not ORC."""
    filesystem, path = filesystem_of(file.uri)
    try:
        return orc.ORCFile(filesystem.open_input_file(path))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is not an ORC file: {error}", pointer="/source") from error


def read_orc(asked: Reading) -> Iterator[pa.RecordBatch]:
    """The range's stripes, in batches of the columns asked for; a missing value is null. Errors as in `typed_rows`."""
    opened = open_orc(asked.file)
    check_flat(opened.schema, asked.columns, asked.file)
    before = 0
    for stripe in range(asked.part.start, asked.part.end):
        rows = _stripe(opened, stripe, list(asked.columns), asked.file)
        for begin in range(0, rows.num_rows, BATCH_ROWS):
            yield typed_rows(
                rows.slice(begin, BATCH_ROWS),
                asked,
                before + begin,
                lambda row: f"row {rows_before(asked.file, asked.part.start) + row}",
            )
        before += rows.num_rows


def rows_before(file: SourceFile, stripe: int) -> int:
    """How many rows of the file come before a stripe; found by reading a column of those."""
    opened = open_orc(file)
    names = opened.schema.names[:1]
    return sum(_stripe(opened, at, names, file).num_rows for at in range(stripe))


def _stripe(opened: orc.ORCFile, stripe: int, columns: list[str], file: SourceFile) -> pa.RecordBatch:
    """Raises `UnreadableFile` where the file is damaged."""
    try:
        return opened.read_stripe(stripe, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{file.uri} is damaged: {error}", pointer="/source") from error
