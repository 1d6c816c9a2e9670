"""Arrow IPC to typed record batches: a run of record batches of a file at a time, or a stream from its start."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager

import pyarrow as pa

from contracts.dataset.manifest import SourceFile, SourceRange
from sources.columnar.arrow_errors import decoding
from sources.columnar.dictionary_indices import with_checked_indices
from sources.columnar.units import BATCH_ROWS, Units
from sources.files.resolve_sources import filesystem_of
from sources.read_request import ReadRequest
from sources.structs.flat_batches import flat_batch, flat_schema, top_columns
from sources.text.text_streams import TO_THE_END
from sources.values.arrow_values import check_columns, typed_rows

_MAGIC = b"ARROW1"

_BYTES = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}
"""The type of the same bytes, of which Arrow checks no UTF-8."""

Reader = pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader


@contextmanager
def _open(file: SourceFile) -> Generator[Reader]:
    """Open a file or stream, by its first bytes; translates what Arrow raises inside the block."""
    filesystem, path = filesystem_of(file.uri)
    with (
        decoding(file, "is not an Arrow file or stream, or is damaged"),
        pa.memory_map(path) if "://" not in file.uri else filesystem.open_input_file(path) as stream,
    ):
        is_file = stream.read(len(_MAGIC)) == _MAGIC
        stream.seek(0)
        yield pa.ipc.open_file(stream) if is_file else pa.ipc.open_stream(stream)


def read(request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's record batches, cut to at most `BATCH_ROWS`, with the requested columns. Errors as in `typed_rows`.

    A stream has one range, from 0 to -1.
    """
    with _open(request.file) as opened:
        check_columns(flat_schema(opened.schema, request.file), request)
        tops = top_columns(opened.schema, request.names)
        before = 0
        for batch in _batches(opened, request.part):
            chosen = _valid(_flat(batch.select(tops), request.names))
            for begin in range(0, batch.num_rows, BATCH_ROWS):
                part = chosen.slice(begin, BATCH_ROWS)
                yield typed_rows(
                    part,
                    request,
                    before + begin,
                    lambda row: f"row {rows_before(request.file, request.part.start) + row}",
                )
            before += batch.num_rows


def schema(file: SourceFile) -> pa.Schema:
    """Return the columns of a file or stream."""
    with _open(file) as opened:
        return flat_schema(opened.schema, file)


def units(file: SourceFile) -> Units:
    """Return a file's record batches; for a stream, which has no index of them, one range."""
    with _open(file) as opened:
        columns = flat_schema(opened.schema, file).names
        if not isinstance(opened, pa.ipc.RecordBatchFileReader):
            whole = [(0, TO_THE_END)]
            return Units(columns, TO_THE_END, None, pieces=whole, passes=whole)
        count = opened.num_record_batches
        pieces = [(number, number + 1) for number in range(count)]
        return Units(columns, count, None, pieces=pieces, passes=[(0, count)])


def rows_before(file: SourceFile, start: int) -> int:
    """Return how many rows of the file come before a record batch."""
    with _open(file) as opened:
        return sum(batch.num_rows for batch in _batches(opened, SourceRange(file=0, start=0, end=start)))


def _batches(opened: Reader, part: SourceRange) -> Iterator[pa.RecordBatch]:
    if isinstance(opened, pa.ipc.RecordBatchFileReader):
        for number in range(part.start, part.end):
            yield opened.get_batch(number)
    elif part.end == TO_THE_END:
        yield from opened


def _flat(batch: pa.RecordBatch, names: Collection[str]) -> pa.RecordBatch:
    """Return the columns by path. Raises `pa.ArrowInvalid` where a struct is longer than its fields."""
    for column in batch.columns:
        if pa.types.is_struct(column.type):
            column.validate()
    return flat_batch(batch, names)


def _valid(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch. Raises `pa.ArrowInvalid` where offsets or indices point outside of the data.

    Arrow trusts them, and a damaged file would end the process. Text is not checked for UTF-8: a token may be any bytes.
    """
    for column in batch.columns:
        values = column.dictionary if isinstance(column, pa.DictionaryArray) else column
        (values.view(_BYTES[values.type]) if values.type in _BYTES else values).validate(full=True)
    return with_checked_indices(batch)
