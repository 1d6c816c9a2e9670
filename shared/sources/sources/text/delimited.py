"""CSV and TSV to typed record batches: one range of a file at a time, parsed by Arrow.

A range holds whole records, so it is read independently; `preprocessing.planning.ranges` computes its ends. Fields: a null token
is null, quoted or not; text is bytes, never decoded; a number may have spaces around it.

A part that Arrow rejects, or that holds comments, which Arrow does not support, is read record by record
(`sources.text.csv_records`), which numbers the lines of errors, pads short rows and skips bad ones. Then Arrow resumes.
"""

from __future__ import annotations

import csv as python_csv
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

import pyarrow as pa
from pyarrow import csv

from contracts.errors import UnreadableFile
from contracts.schema import ValueType
from contracts.source import DelimitedText
from sources.read_request import ReadRequest, shown_text
from sources.rejects import Problem
from sources.text.arrow_blocks import ArrowBlocks
from sources.text.csv_records import Records
from sources.text.encodings import ESCAPED_BYTE, is_utf8
from sources.text.initial_spaces import InitialSpaces
from sources.text.text_streams import (
    TO_THE_END,
    as_in_file,
    encoding_of,
    first_line,
    is_stream,
    line_breaks,
    open_text,
    read_part,
    reading,
)
from sources.values.text_values import ARROW_TYPES, Spelling, as_number, typed

BLOCK_BYTES = 2 << 20
"""Size of a block of text, small enough for the cache together with its columns; larger blocks measured slower."""

_LARGEST_BLOCK = 512 << 20
_CAREFUL_BYTES = 1 << 20
"""Least number of bytes to read record by record before Arrow is tried again."""
_CAREFUL_ROWS = 4096


def read_delimited(source: DelimitedText, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the range's rows in batches of the requested columns; a missing value is null.

    `source.columns` must hold the names of all of the file's columns. A value that is not of its column's type and a row with
    too few or too many fields are bad records: they raise `UnparsableValue` and `UnreadableFile`, with line and value, if none
    are allowed. Raises `UnreadableFile` for a damaged file.
    """
    reader = _Reader(source, request)
    with reading(source, request.file):
        if request.part.end == TO_THE_END or is_stream(source, request.file.uri):
            yield from reader.read_stream()
        elif request.part.start != request.part.end:
            yield from reader.read_bytes()


class _ArrowRefuses(Exception):
    """Arrow, or the typing of its output, failed after the first `rows` rows."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class _BlockTooSmall(_ArrowRefuses):
    """A record does not fit a block."""


class _NotAnInteger(_ArrowRefuses):
    """Arrow read something else than an integer, which may be a whole number all the same, such as 7.0."""


@dataclass
class _Held:
    """Records collected for the next batch."""

    rows: list[list[str]] = field(default_factory=list[list[str]])
    places: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    problems: list[tuple[int, bytes, Problem]] = field(default_factory=list[tuple[int, bytes, Problem]])
    bytes: int = 0


def _stream_over(text: bytes | memoryview) -> BinaryIO:
    return cast("BinaryIO", pa.BufferReader(text))


class _Reader:
    """Reads one range."""

    def __init__(self, source: DelimitedText, request: ReadRequest) -> None:
        self.source = source
        self.request = request
        self.names = source.columns or []
        self.encoding = encoding_of(source)
        self.spellings = {name: self._spelling(name) for name in [*request.columns, *request.written]}
        self.columns: dict[str, ValueType] = {**request.columns, **dict.fromkeys(request.written, "bytes")}
        """All columns of a batch; those that are written as the file has them are text."""
        self.typed_here: dict[str, ValueType] = {
            name: kind for name, kind in request.columns.items() if self._is_typed_here(name, kind)
        }

    def _spelling(self, name: str) -> Spelling:
        tokens = (*self.source.null_tokens, *self.request.null_values.get(name, ()))
        marks = self.source.decimal_point, self.source.thousands_separator
        return Spelling.of(tokens, marks, self.request.text_rules.get(name))

    def _is_typed_here(self, name: str, kind: ValueType) -> bool:
        """Return true if Arrow must read a column as bytes: a time, or a number with groups, affixes, marks or own null tokens.

        Also where the batch has the text itself, too.
        """
        own = self.request.null_values.get(name, ())
        spelling = self.spellings[name]
        is_usual = spelling.is_plain and spelling.decimal_point == self.source.decimal_point
        unspelled = not is_usual or any(as_number(token) is None for token in own)
        is_as_usual = not unspelled and name not in self.request.written.values()
        if kind == "bytes":
            return spelling.lists is not None
        return kind == "instant" or not is_as_usual

    # The range as bytes: Arrow, and record by record where Arrow fails.

    def read_bytes(self) -> Iterator[pa.RecordBatch]:
        text, is_clean = self._as_utf8(read_part(self.request.file, self.request.part))
        position = 0
        if is_clean and self._has_comments(text) and self._lines_are_records(text):
            text = self._without_comments(text)
        elif not is_clean or self._has_comments(text):
            yield from self._read_records(_stream_over(text), 0, 0)
            return
        while position < len(text):
            rest = memoryview(text)[position:]
            try:
                yield from self._read_growing(lambda rest=rest: _stream_over(rest))
            except _ArrowRefuses as error:
                before = line_breaks(text[:position])
                position += yield from self._read_records(_stream_over(rest), error.rows, before, _CAREFUL_BYTES)
            else:
                return

    def _as_utf8(self, raw: bytes) -> tuple[bytes, bool]:
        """Return the text as UTF-8, and true if all of it could be decoded.

        An undecodable byte becomes a lone surrogate, as in Python's `surrogateescape`: three bytes that are invalid UTF-8.
        """
        if is_utf8(self.encoding):
            return raw, True
        try:
            return raw.decode(self.encoding).encode(), True
        except UnicodeDecodeError:
            return raw.decode(self.encoding, "surrogateescape").encode("utf-8", "surrogatepass"), False

    def _has_comments(self, text: bytes) -> bool:
        if self.source.comment is None:
            return False
        mark = self.source.comment.encode()
        return text.startswith(mark) or text.find(b"\n" + mark) >= 0 or text.find(b"\r" + mark) >= 0

    def _lines_are_records(self, text: bytes) -> bool:
        """Return true if every non-empty line is a row or a comment: no line break in the range is quoted or escaped."""
        marks = [mark.encode() for mark in (self.source.quote, self.source.escape) if mark is not None]
        return len(self.names) > 1 and not any(mark in text for mark in marks)

    def _without_comments(self, text: bytes) -> bytes:
        """Return the text with every comment replaced by an empty line."""
        mark = re.escape((self.source.comment or "").encode())
        return re.sub(rb"(\A|[\r\n])%s[^\r\n]*" % mark, rb"\1", text)

    # The range as a stream: Arrow until it fails, then record by record.

    def read_stream(self) -> Iterator[pa.RecordBatch]:
        start = self.request.part.start
        yielded = 0
        if self.source.comment is None:
            try:
                yield from self._read_growing(lambda: open_text(self.source, self.request.file, start))
            except _ArrowRefuses as error:
                yielded = error.rows
            else:
                return
        with open_text(self.source, self.request.file, start) as stream:
            yield from self._read_records(stream, yielded, 0)

    # Arrow

    def _read_growing(self, open_it: Callable[[], BinaryIO]) -> Iterator[pa.RecordBatch]:
        """Yield Arrow's batches, with blocks that grow until a record fits. Raises `_ArrowRefuses`.

        From the first value on that Arrow does not take for an integer, integers are typed here.
        """
        block, yielded = BLOCK_BYTES, 0
        while True:
            to_skip = yielded
            try:
                with open_it() as stream:
                    for batch in self._read_blocks(stream, block):
                        # A record larger than a block restarts the reading: rows that were yielded before are skipped.
                        skipped = min(to_skip, batch.num_rows)
                        to_skip -= skipped
                        if skipped < batch.num_rows:
                            yielded += batch.num_rows - skipped
                            yield batch.slice(skipped)
            except _BlockTooSmall:
                if block >= _LARGEST_BLOCK:
                    raise _ArrowRefuses(yielded) from None
                block *= 8
            except _ArrowRefuses as error:
                whole: dict[str, ValueType] = {
                    name: kind for name, kind in self.request.columns.items() if kind == "int64"
                }
                if not isinstance(error, _NotAnInteger) or whole.keys() <= self.typed_here.keys():
                    raise _ArrowRefuses(yielded) from None
                self.typed_here |= whole
            else:
                return

    def _read_blocks(self, stream: BinaryIO, block: int) -> Iterator[pa.RecordBatch]:
        source = self.source
        read = csv.ReadOptions(column_names=self.names, block_size=block, use_threads=False)
        parse = csv.ParseOptions(
            delimiter=source.separator,
            quote_char=source.quote or False,
            double_quote=source.double_quote,
            escape_char=source.escape or False,
            newlines_in_values=source.quote is not None or source.escape is not None,
            # In a file of one column an empty line is a missing value; in others it is not a row.
            ignore_empty_lines=len(self.names) > 1,
        )
        kinds = {name: ARROW_TYPES[self.request.columns.get(name, "bytes")] for name in self.request.names}
        convert = csv.ConvertOptions(
            column_types=kinds | dict.fromkeys(self.typed_here, pa.binary()),
            include_columns=list(kinds),
            null_values=source.null_tokens,
            strings_can_be_null=True,
            decimal_point=source.decimal_point,
            check_utf8=False,
        )
        try:
            text = cast("BinaryIO", InitialSpaces(stream, source)) if source.skip_initial_space else stream
            for batch in csv.open_csv(ArrowBlocks(text), read, parse, convert):
                yield self._typed(batch)
        except pa.ArrowInvalid as error:
            reason = str(error)
            kind = _BlockTooSmall if "straddling" in reason else _ArrowRefuses
            raise (_NotAnInteger if "conversion error to int64" in reason else kind)(0) from error

    def _typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with typed columns in place of those that Arrow read as bytes, and written ones at its end."""
        written = [batch.column(column) for column in self.request.written.values()]
        for name, kind in self.typed_here.items():
            values, wrong = typed(batch.column(name), kind, self.spellings[name])
            if wrong:
                raise _ArrowRefuses(0)
            batch = batch.set_column(batch.schema.get_field_index(name), name, values)
        if not written:
            return batch
        arrays = [*(batch.column(name) for name in self.request.columns), *written]
        return pa.record_batch(arrays, names=list(self.columns))

    # Record by record

    def _read_records(
        self, stream: BinaryIO, skip: int, lines_before: int, enough: int | None = None
    ) -> Generator[pa.RecordBatch, None, int]:
        """Yield the rows after the first `skip`, until `enough` bytes are read. Return the offset after the last record."""
        records = Records(self.source, stream, lines_before)
        held = _Held()
        looked_at = 0
        try:
            for fields in records:
                if skip:
                    skip -= 1
                    looked_at = records.end
                    continue
                self._hold(held, records, fields)
                if len(held.rows) >= _CAREFUL_ROWS or held.bytes >= _CAREFUL_BYTES:
                    yield from self._release(held)
                    held = _Held()
                    if enough is not None and records.end - looked_at >= enough:
                        return records.end
        except python_csv.Error as error:
            raise UnreadableFile(
                f"{self.request.file.uri}, {self._place(records.line)}: {error}", pointer="/source"
            ) from error
        yield from self._release(held)
        return records.end

    def _hold(self, held: _Held, records: Records, fields: list[str]) -> None:
        text = records.text
        problem = self._problem(records, fields, text)
        held.bytes += len(text)
        if problem is not None:
            held.problems.append((records.line, text, problem))
            return
        fields += [""] * (len(self.names) - len(fields))
        held.rows.append(fields)
        held.places.append((records.line, text))

    def _problem(self, records: Records, fields: list[str], text: bytes) -> Problem | None:
        """Return the problem of a record as a whole; None for a good one."""
        expected, count = len(self.names), len(fields)
        if records.unfinished:
            what = f"a quoted field never ends (if {self.source.quote} is not a quote here, set source.quote to null)"
            return Problem(UnreadableFile, what, "/source/quote")
        if count > expected or (count < expected and self.source.ragged == "error"):
            shown = shown_text(text.rstrip(b"\r\n"))
            return Problem(UnreadableFile, f"expected {expected} fields, found {count}: {shown}", "/source")
        if not is_utf8(self.encoding) and (escaped := ESCAPED_BYTE.search(text)):
            what = f"byte {ord(escaped[0].decode('utf-8', 'surrogatepass')) - 0xDC00:02x} is not {self.encoding}"
            return Problem(UnreadableFile, what, "/source/encoding")
        return None

    def _release(self, held: _Held) -> Iterator[pa.RecordBatch]:
        """Yield the records that parse, as a batch. Reject the others, in the order of the file."""
        arrays: list[pa.Array] = []
        bad: dict[int, Problem] = {}
        for name, kind in self.columns.items():
            index = self.names.index(self.request.written.get(name, name))
            text = pa.array([row[index].encode("latin-1") for row in held.rows], pa.binary())
            values, wrong = typed(text, kind, self.spellings[name])
            arrays.append(values)
            for row in wrong:
                bad.setdefault(row, self.request.wrong_value(name, text[row].as_py()))
        problems = [*held.problems, *((*held.places[row], problem) for row, problem in bad.items())]
        for line, text, problem in sorted(problems, key=lambda entry: entry[0]):
            self.request.refuse(
                problem, line, lambda text=text: as_in_file(self.source, self.request.file, text), self._place
            )
        batch = pa.record_batch(arrays, names=list(self.columns))
        if bad:
            batch = batch.take(pa.array([row for row in range(len(held.rows)) if row not in bad], pa.int64()))
        if batch.num_rows:
            yield batch

    def _place(self, line: int) -> str:
        before = first_line(self.source, self.request.file, self.request.part.start)
        return f"line {before + line - 1}"
