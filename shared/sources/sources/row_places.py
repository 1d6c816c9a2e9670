"""The place of a row in its file, for errors that are known only after a range was read: found by reading the range again."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from itertools import count, islice

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.source import DelimitedText, LineSource, RangeSource, TfRecordFiles
from sources.read_range import positions_before
from sources.read_request import ReadRequest
from sources.text.csv_records import Records
from sources.text.encodings import is_utf8
from sources.text.lines import line_chunks
from sources.text.text_streams import TO_THE_END, encoding_of, is_stream, open_text, read_part, reading


def row_place(source: RangeSource, file: SourceFile, part: SourceRange, row: int, skipped: Collection[int] = ()) -> str:
    """Return where a row begins: `line 7`, or in a file without lines `row 7` or `record 7`, counted from 1 in the file.

    `row`: its index among the rows that were read of the range; `skipped`: the lines, or rows, of those that could not be read,
    counted from 1 in the range.
    """
    unit = "line"
    if isinstance(source, DelimitedText):
        numbers = _records(source, file, part)
    elif isinstance(source, LineSource):
        numbers = _lines(source, file, part)
    else:
        unit, numbers = "record" if isinstance(source, TfRecordFiles) else "row", count(1)
    number = next(islice((number for number in numbers if number not in skipped), row, None))
    return f"{unit} {positions_before(source, file, part.start) + number}"


def _records(source: DelimitedText, file: SourceFile, part: SourceRange) -> Iterator[int]:
    """Yield the line on which each record of the range begins."""
    with reading(source, file):
        if part.end == TO_THE_END or is_stream(source, file.uri):
            stream = open_text(source, file, part.start)
        else:
            text, encoding = read_part(file, part), encoding_of(source)
            if not is_utf8(encoding):
                text = text.decode(encoding, "surrogateescape").encode("utf-8", "surrogatepass")
            stream = io.BytesIO(text)
        with stream:
            records = Records(source, stream)
            for _ in records:
                yield records.line


def _lines(source: LineSource, file: SourceFile, part: SourceRange) -> Iterator[int]:
    """Yield the number of each line of the range that holds something."""
    before = 0
    for chunk in line_chunks(source, ReadRequest(file, part, {})):
        lines = chunk.split(b"\n")
        yield from (before + number for number, line in enumerate(lines, start=1) if line.strip(b" \t\r"))
        before += chunk.count(b"\n")
