"""Arrow IPC to typed record batches: a run of record batches of a file at a time, or a stream from its start."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pyarrow as pa

from contracts.dataset import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from sources.columnar.parquet import BATCH_ROWS
from sources.files.resolve_sources import filesystem_of
from sources.read_request import Reading
from sources.text.text_streams import TO_THE_END
from sources.values.arrow_values import check_flat, typed_rows

_MAGIC = b"ARROW1"

Reader = pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader


@contextmanager
def open_arrow(file: SourceFile) -> Generator[Reader]:
    """The opened file or stream, told apart by its first bytes. Raises `UnreadableFile` when it is neither, or damaged."""
    filesystem, path = filesystem_of(file.uri)
    try:
        with pa.memory_map(path) if "://" not in file.uri else filesystem.open_input_file(path) as stream:
            is_file = stream.read(len(_MAGIC)) == _MAGIC
            stream.seek(0)
            yield pa.ipc.open_file(stream) if is_file else pa.ipc.open_stream(stream)
    except (pa.ArrowException, OSError, EOFError) as error:
        raise UnreadableFile(f"{file.uri} is not an Arrow file or stream: {error}", pointer="/source") from error


def read_arrow(asked: Reading) -> Iterator[pa.RecordBatch]:
    """The range's batches, cut to a modest number of rows, with the columns asked for. Errors as in `typed_rows`.

    The range of a stream is all of it, from 0 to -1.
    """
    with open_arrow(asked.file) as opened:
        check_flat(opened.schema, asked.columns, asked.file)
        before = 0
        for batch in _batches(opened, asked.part):
            chosen = batch.select(list(asked.columns))
            for begin in range(0, batch.num_rows, BATCH_ROWS):
                part = chosen.slice(begin, BATCH_ROWS)
                yield typed_rows(
                    part, asked, before + begin, lambda row: f"row {rows_before(asked.file, asked.part.start) + row}"
                )
            before += batch.num_rows


def arrow_schema(file: SourceFile) -> pa.Schema:
    """The columns of a file or stream."""
    with open_arrow(file) as opened:
        return opened.schema


def record_batches(opened: Reader) -> int | None:
    """How many record batches a file has; None for a stream, which is one range."""
    return opened.num_record_batches if isinstance(opened, pa.ipc.RecordBatchFileReader) else None


def rows_before(file: SourceFile, number: int) -> int:
    """How many rows of the file come before a record batch."""
    with open_arrow(file) as opened:
        return sum(batch.num_rows for batch in _batches(opened, SourceRange(file=0, start=0, end=number)))


def _batches(opened: Reader, part: SourceRange) -> Iterator[pa.RecordBatch]:
    if isinstance(opened, pa.ipc.RecordBatchFileReader):
        for number in range(part.start, part.end):
            yield opened.get_batch(number)
    elif part.end == TO_THE_END:
        yield from opened
