"""CSV and TSV to typed record batches: one range of a file at a time, parsed by Arrow.

A range holds whole records, so it is read alone: `preprocessing.planning.ranges` found its ends. What a field means:
a null token is null, whether quoted or not; text is bytes, never decoded; a number may have spaces around it.

Where Arrow refuses something, and where a part of the file holds comments, which it does not know, that part is read record by
record (`sources.text.csv_records`): there errors get their line, rows their padding, and bad ones are skipped. Then Arrow
goes on.
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
from sources.read_request import ReadRequest, shown_text, wrong_value
from sources.rejects import Problem
from sources.text.csv_records import Records
from sources.text.encodings import ESCAPED_BYTE, is_utf8
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
"""Text parsed at a time: with its columns it stays near the cache; larger blocks were measured to be slower."""

_LARGEST_BLOCK = 512 << 20
_CAREFUL_BYTES = 1 << 20
"""How much is read record by record, at least, before Arrow is asked again."""
_CAREFUL_ROWS = 4096


def read_delimited(source: DelimitedText, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """The range's rows, as batches of the columns asked for; a missing value is null.

    `source.columns` must hold the names of all of the file's columns. A value that is not of its column's type and a row with
    too few or too many fields are bad records: `UnparsableValue` and `UnreadableFile` where none are allowed, which name line
    and value. Raises `UnreadableFile` for a damaged file.
    """
    reader = _Reader(source, request)
    with reading(source, request.file):
        if request.part.end == TO_THE_END or is_stream(source, request.file.uri):
            yield from reader.read_stream()
        elif request.part.start != request.part.end:
            yield from reader.read_bytes()


class _ArrowRefuses(Exception):
    """Arrow, or the typing of what it read, found something wrong behind the first `rows`."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class _BlockTooSmall(_ArrowRefuses):
    """A record does not fit a block."""


@dataclass
class _Held:
    """Records on their way to a batch."""

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
        self.spellings = {name: self._spelling(name) for name in request.columns}
        self.typed_here: dict[str, ValueType] = {
            name: kind for name, kind in request.columns.items() if self._is_typed_here(name, kind)
        }

    def _spelling(self, name: str) -> Spelling:
        tokens = (*self.source.null_tokens, *self.request.null_values.get(name, ()))
        return Spelling(tokens, self.source.decimal_point, self.source.thousands_separator)

    def _is_typed_here(self, name: str, kind: ValueType) -> bool:
        """Whether Arrow reads the column of numbers as bytes: it knows no groups of digits, and no null of one column."""
        own = self.request.null_values.get(name, ())
        unspelled = self.source.thousands_separator is not None or any(as_number(token) is None for token in own)
        return kind != "bytes" and unspelled

    # The range as bytes: Arrow, and around what it refuses, record by record.

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
        """The text as UTF-8, and whether all of it could be decoded.

        A byte that could not is there as a lone surrogate, as in Python's `surrogateescape`, in three bytes that are no UTF-8.
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
        """Whether every line that is not empty is a row or a comment: nothing in the range quotes or escapes a line break."""
        marks = [mark.encode() for mark in (self.source.quote, self.source.escape) if mark is not None]
        return len(self.names) > 1 and not any(mark in text for mark in marks)

    def _without_comments(self, text: bytes) -> bytes:
        """The same lines, empty where they were comments."""
        mark = re.escape((self.source.comment or "").encode())
        return re.sub(rb"(\A|[\r\n])%s[^\r\n]*" % mark, rb"\1", text)

    # The range as a stream: Arrow until it refuses, from there on record by record.

    def read_stream(self) -> Iterator[pa.RecordBatch]:
        start = self.request.part.start
        given = 0
        if self.source.comment is None:
            try:
                yield from self._read_growing(lambda: open_text(self.source, self.request.file, start))
            except _ArrowRefuses as error:
                given = error.rows
            else:
                return
        with open_text(self.source, self.request.file, start) as stream:
            yield from self._read_records(stream, given, 0)

    # Arrow

    def _read_growing(self, open_it: Callable[[], BinaryIO]) -> Iterator[pa.RecordBatch]:
        """What Arrow reads, in blocks that grow until a record fits. Raises `_ArrowRefuses`."""
        block, given = BLOCK_BYTES, 0
        while True:
            passed_over = given
            try:
                with open_it() as stream:
                    for batch in self._read_blocks(stream, block):
                        # After a record that was larger than a block, all is read again: what was given is passed over.
                        passed = min(passed_over, batch.num_rows)
                        passed_over -= passed
                        if passed < batch.num_rows:
                            given += batch.num_rows - passed
                            yield batch.slice(passed)
            except _BlockTooSmall:
                if block >= _LARGEST_BLOCK:
                    raise _ArrowRefuses(given) from None
                block *= 8
            except _ArrowRefuses:
                raise _ArrowRefuses(given) from None
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
            # In a file of one column an empty line is a missing value; elsewhere it is no row at all.
            ignore_empty_lines=len(self.names) > 1,
        )
        kinds = {name: ARROW_TYPES[kind] for name, kind in self.request.columns.items()}
        convert = csv.ConvertOptions(
            column_types=kinds | dict.fromkeys(self.typed_here, pa.binary()),
            include_columns=list(kinds),
            null_values=source.null_tokens,
            strings_can_be_null=True,
            decimal_point=source.decimal_point,
            check_utf8=False,
        )
        try:
            for batch in csv.open_csv(stream, read, parse, convert):
                yield self._typed(batch)
        except pa.ArrowInvalid as error:
            kind = _BlockTooSmall if "straddling" in str(error) else _ArrowRefuses
            raise kind(0) from error

    def _typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with the columns that Arrow could only read as bytes made what they are."""
        for name, kind in self.typed_here.items():
            values, wrong = typed(batch.column(name), kind, self.spellings[name])
            if wrong:
                raise _ArrowRefuses(0)
            batch = batch.set_column(batch.schema.get_field_index(name), name, values)
        return batch

    # Record by record

    def _read_records(
        self, stream: BinaryIO, skip: int, lines_before: int, enough: int | None = None
    ) -> Generator[pa.RecordBatch, None, int]:
        """The rows behind the first `skip`, until `enough` bytes were read. Returns how many bytes those records are."""
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
        """What is wrong with a record as a whole."""
        wanted, found = len(self.names), len(fields)
        if records.unfinished:
            what = f"a quoted field never ends (if {self.source.quote} is no quote here, set source.quote to null)"
            return Problem(UnreadableFile, what, "/source/quote")
        if found > wanted or (found < wanted and self.source.ragged == "error"):
            shown = shown_text(text.rstrip(b"\r\n"))
            return Problem(UnreadableFile, f"expected {wanted} fields, found {found}: {shown}", "/source")
        if not is_utf8(self.encoding) and (escaped := ESCAPED_BYTE.search(text)):
            what = f"byte {ord(escaped[0].decode('utf-8', 'surrogatepass')) - 0xDC00:02x} is not {self.encoding}"
            return Problem(UnreadableFile, what, "/source/encoding")
        return None

    def _release(self, held: _Held) -> Iterator[pa.RecordBatch]:
        """The records that parse, as a batch. Refuses the others, in the order of the file."""
        arrays: list[pa.Array] = []
        bad: dict[int, Problem] = {}
        for name, kind in self.request.columns.items():
            at = self.names.index(name)
            text = pa.array([row[at].encode("latin-1") for row in held.rows], pa.binary())
            values, wrong = typed(text, kind, self.spellings[name])
            arrays.append(values)
            for row in wrong:
                bad.setdefault(row, wrong_value(name, kind, text[row].as_py()))
        problems = [*held.problems, *((*held.places[row], problem) for row, problem in bad.items())]
        for line, text, problem in sorted(problems, key=lambda found: found[0]):
            self.request.refuse(
                problem, line, lambda text=text: as_in_file(self.source, self.request.file, text), self._place
            )
        batch = pa.record_batch(arrays, names=list(self.request.columns))
        if bad:
            batch = batch.take(pa.array([row for row in range(len(held.rows)) if row not in bad], pa.int64()))
        if batch.num_rows:
            yield batch

    def _place(self, line: int) -> str:
        before = first_line(self.source, self.request.file, self.request.part.start)
        return f"line {before + line - 1}"
