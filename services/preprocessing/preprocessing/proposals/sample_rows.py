"""Sample of rows from up to sixteen places in the files, read like a dataset job, but without conversion of values.

The time does not depend on the size of files: each place is read up to the bytes of its share of the rows, at most a MiB. In the
middle of a file with quotes, the first line break that is followed by rows of the usual width is taken as the start of a record;
a place without one is skipped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidData
from contracts.features import TextRule
from contracts.schema import ValueType
from contracts.source import ColumnarSource, DelimitedText, LineSource, RangeSource, TextSource, TfRecordFiles
from preprocessing.planning.ranges import plan_ranges
from sources.columnar.choose_columnar_format import columnar_format, with_known_columns
from sources.files.resolve_sources import filesystem_of
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.text.choose_line_format import line_format
from sources.text.csv_headers import delimited_columns
from sources.text.csv_records import Records
from sources.text.text_streams import TO_THE_END, is_stream
from sources.values.arrow_values import is_list, value_type
from sources.values.instants import instants
from sources.values.sampled_tokens import SampledTokens, column_tokens, lists_of_texts
from sources.vectors.sampled_numbers import SampledNumbers, column_numbers

PLACES = 16
LARGEST_PLACE = 1 << 20
SMALLEST_PLACE = 1 << 14
MOST_CELLS = 2_000_000
"""Rows times columns of a sample: what its memory is bounded by, some hundred megabytes where values are long."""
FEWEST_ROWS = 100
LARGEST_RECORD = 1 << 24
"""The first record of a file may be so long; a longer one is not sampled."""
_CONSISTENT = 0.9
"""Share of rows that must have the usual width for a line break inside a file to be taken for one between records."""
_BETWEEN_TOKENS = "\x1f"
_LINES_TRIED = 20
_BAD_SHOWN = 5


@dataclass
class Sample:
    """The sampled rows, by column as bytes, null where missing; and properties of the columns and of the whole data.

    `types`: the columns' types in a typed format; None for a type that is neither a number nor text.
    """

    columns: list[str]
    values: dict[str, pa.ChunkedArray]
    rows: int
    complete: bool
    rows_estimated: int | None
    files_sampled: int
    types: dict[str, ValueType | None] = field(default_factory=dict[str, ValueType | None])
    times: dict[str, pa.Array] = field(default_factory=dict[str, pa.Array])
    """Columns of times in a typed format: microseconds since 1970 in UTC, int64 [rows], null where missing or no instant."""
    lists: list[str] = field(default_factory=list[str])
    """Columns of lists of scalars, which are in no other field but `columns`."""
    number_lists: dict[str, SampledNumbers] = field(default_factory=dict[str, SampledNumbers])
    """Those of them whose lists are of numbers."""
    token_lists: dict[str, SampledTokens] = field(default_factory=dict[str, SampledTokens])
    """The tokens and lengths of the lists, of each of these columns that has some in the sample."""
    bad_rows: int = 0
    bad_reasons: list[str] = field(default_factory=list[str])


def take(source: RangeSource, files: Sequence[SourceFile], wanted: int) -> Sample:
    """Return a sample of about `wanted` rows, in the order of the files."""
    chosen = list(files) if len(files) <= PLACES else [files[i * len(files) // PLACES] for i in range(PLACES)]
    if isinstance(source, ColumnarSource):
        return _take_typed(source, files, chosen, wanted)
    if isinstance(source, DelimitedText):
        return _take_delimited(source, files, chosen, wanted)
    return _take_lines(source, files, chosen, wanted)


def _within_cells(wanted: int, columns: int) -> int:
    return max(FEWEST_ROWS, min(wanted, MOST_CELLS // max(columns, 1)))


# Delimited text


def _take_delimited(
    source: DelimitedText, files: Sequence[SourceFile], chosen: Sequence[SourceFile], wanted: int
) -> Sample:
    headers = [delimited_columns(source, file) for file in chosen]
    own = headers[0][0]
    for file, (columns, _) in zip(chosen, headers, strict=True):
        if columns != own:
            raise InvalidData(
                f"{file.uri}: its columns are not those of {chosen[0].uri}. Received: {', '.join(map(repr, columns))}",
                pointer="/uris",
            )
    source = source.model_copy(update={"columns": own})
    wanted = _within_cells(wanted, len(own))
    parts: list[SourceRange] = []
    whole = True
    for index, ((_, start), places) in enumerate(zip(headers, _places_of(chosen), strict=True)):
        ranges, is_whole = _delimited_parts(source, chosen[index], index, start, places, wanted)
        parts += ranges
        whole = whole and is_whole
    names = [*own, *files[0].partition]
    return _read(source, files, chosen, parts, names, wanted, whole=whole)


def _places_of(files: Sequence[SourceFile]) -> list[int]:
    """Return the number of places to sample per file: in proportion to size, at least one."""
    total = max(sum(file.bytes for file in files), 1)
    spare = PLACES - len(files)
    return [1 + spare * file.bytes // total for file in files]


def _delimited_parts(
    source: DelimitedText, file: SourceFile, index: int, start: int, places: int, wanted: int
) -> tuple[list[SourceRange], bool]:
    """Return ranges of whole records, and whether they cover the whole file."""
    if is_stream(source, file.uri):
        return [SourceRange(file=index, start=start, end=TO_THE_END)], True
    size = _place_bytes(source, file, start, wanted // PLACES)
    if file.bytes - start <= size * places:
        return [SourceRange(file=index, start=start, end=file.bytes)], True
    ranges: list[SourceRange] = []
    for place in range(places):
        offset = start + (file.bytes - start) * place // places
        window = _window(file, offset, size)
        cut = _records_in(source, window, is_start=place == 0)
        while cut is None and place == 0 and len(window) == size and size < LARGEST_RECORD:
            size *= 4
            window = _window(file, offset, size)
            cut = _records_in(source, window, is_start=True)
        if cut is not None:
            ranges.append(SourceRange(file=index, start=offset + cut[0], end=offset + cut[1]))
    return ranges, False


def _window(file: SourceFile, start: int, size: int) -> bytes:
    filesystem, path = filesystem_of(file.uri)
    with filesystem.open_input_file(path) as stream:
        return stream.read_at(min(size, file.bytes - start), start)


def _place_bytes(source: DelimitedText, file: SourceFile, start: int, rows: int) -> int:
    """Return the estimated bytes of `rows` rows, from the average at the file's beginning."""
    window = _window(file, start, 1 << 16)
    records = Records(source, io.BytesIO(window))
    try:
        count = sum(1 for _ in records)
    except csv.Error:
        count = 0
    average = len(window) / max(count, 1)
    return int(min(max(average * rows, SMALLEST_PLACE), LARGEST_PLACE))


def _records_in(source: DelimitedText, window: bytes, *, is_start: bool) -> tuple[int, int] | None:
    """Return start and end of a window's whole records, without the last, which may be truncated; None without any."""
    candidates = [0] if is_start else _line_starts(source, window)
    for start in candidates:
        records = Records(source, io.BytesIO(window[start:]))
        ends: list[int] = [0]
        usual: list[bool] = []
        try:
            for fields in records:
                ends.append(records.end)
                usual.append(len(fields) == len(source.columns or []))
        except csv.Error:
            continue
        first = 0 if is_start else usual.index(True) if True in usual else len(usual)  # it may begin inside quotes
        count = len(usual) - 1 - first
        if count >= 1 and (is_start or sum(usual[first:]) >= _CONSISTENT * count):
            return start + ends[first], start + ends[-2]
    return None


def _line_starts(source: DelimitedText, window: bytes) -> list[int]:
    """Return the positions after the first line breaks; only after the first if there is no quoting."""
    mark = b"\n" if b"\n" in window else b"\r"
    starts: list[int] = []
    position = window.find(mark)
    while position >= 0 and len(starts) < (1 if source.quote is None else _LINES_TRIED):
        starts.append(position + len(mark))
        position = window.find(mark, position + 1)
    return starts


# Lines


def _take_lines(source: LineSource, files: Sequence[SourceFile], chosen: Sequence[SourceFile], wanted: int) -> Sample:
    lines = line_format(source)
    own = source.columns or lines.columns(chosen)
    if not own:
        raise InvalidData(f"{chosen[0].uri}: {lines.no_columns}", pointer="/uris")
    types = lines.types(chosen, own)
    wanted = _within_cells(wanted, len(own))
    parts: list[SourceRange] = []
    whole = True
    for index, (file, places) in enumerate(zip(chosen, _places_of(chosen), strict=True)):
        ranges, is_whole = _line_parts(source, file, index, places, wanted)
        parts += ranges
        whole = whole and is_whole
    readable = [name for name in own if types[name] is not None]
    sample = _read(
        source.model_copy(update={"columns": own}),
        files,
        chosen,
        parts,
        [*readable, *files[0].partition],
        wanted,
        whole=whole,
    )
    sample.columns = [*own, *files[0].partition]
    sample.types = types
    sample.lists = lines.lists(chosen, [name for name in own if types[name] is None])
    if sample.lists:
        sample.number_lists, sample.token_lists = lines.list_samples(chosen, sample.lists)
    return sample


def _line_parts(
    source: LineSource, file: SourceFile, index: int, places: int, wanted: int
) -> tuple[list[SourceRange], bool]:
    start = line_format(source).start(file)
    if is_stream(source, file.uri):
        return [SourceRange(file=index, start=start, end=TO_THE_END)], True
    window = _window(file, start, 1 << 16)
    average = len(window) / max(window.count(b"\n"), 1)
    size = int(min(max(average * wanted / PLACES, SMALLEST_PLACE), LARGEST_PLACE))
    if file.bytes - start <= size * places:
        return [SourceRange(file=index, start=start, end=file.bytes)], True
    ranges: list[SourceRange] = []
    for place in range(places):
        offset = start + (file.bytes - start) * place // places
        window = _window(file, offset, size)
        begin = 0 if place == 0 else window.find(b"\n") + 1
        end = window.rfind(b"\n") + 1
        if begin < end and (begin or place == 0):
            ranges.append(SourceRange(file=index, start=offset + begin, end=offset + end))
    return ranges, False


# Files that carry types


def _take_typed(
    source: ColumnarSource, files: Sequence[SourceFile], chosen: Sequence[SourceFile], wanted: int
) -> Sample:
    source = with_known_columns(source, chosen)
    columns = plan_ranges(source, chosen).columns
    own = [name for name in columns if name not in files[0].partition]
    columnar = columnar_format(source)
    schemas = [columnar.schema(file) for file in chosen]
    kinds = {name: _known_type([schema.field(name).type for schema in schemas]) for name in own}
    types: dict[str, ValueType | None] = {name: value_type(kind) for name, kind in kinds.items()}
    wanted = _within_cells(wanted, len(own))
    divided = [columnar.units(file) for file in chosen]
    pieces = [
        SourceRange(file=index, start=start, end=end)
        for index, units in enumerate(divided)
        for start, end in units.pieces
    ]
    step = max(1, -(-len(pieces) // PLACES))
    readable = [name for name in own if types[name] is not None]
    names = [*readable, *files[0].partition]
    times = [name for name, kind in kinds.items() if pa.types.is_temporal(kind)]
    lists = [name for name, kind in kinds.items() if is_list(kind)]
    untyped = [name for name in lists if pa.types.is_null(kinds[name].value_type)]
    known = [name for name in lists if name not in untyped]
    texts = untyped if isinstance(source, TfRecordFiles) else []
    sample = _read(
        source,
        files,
        chosen,
        pieces[::step],
        names,
        wanted,
        whole=step == 1,
        times=times,
        lists=known,
        list_texts=texts,
    )
    sample.columns = columns
    sample.types = types
    sample.lists = lists
    counts = [units.rows for units in divided if units.rows is not None]
    if len(counts) == len(chosen) and not sample.complete:
        sample.rows_estimated = sum(counts) * len(files) // len(chosen)
    return sample


def _known_type(kinds: Sequence[pa.DataType]) -> pa.DataType:
    return next((kind for kind in kinds if not pa.types.is_null(kind)), kinds[0])


# All


def _read(  # noqa: PLR0913 - options, each named where it is given
    source: RangeSource,
    files: Sequence[SourceFile],
    chosen: Sequence[SourceFile],
    parts: Sequence[SourceRange],
    names: Sequence[str],
    wanted: int,
    *,
    whole: bool,
    times: Sequence[str] = (),
    lists: Sequence[str] = (),
    list_texts: Sequence[str] = (),
) -> Sample:
    """Return the sample of all parts, limited to an equal share of `wanted` rows per part.

    `times`: columns of times; `lists`: columns of lists; `list_texts`: of lists without a type, which are read as text.
    """
    limit = max(1, -(-wanted // max(len(parts), 1)))
    schema = pa.schema([(name, pa.binary()) for name in names])
    kinds: Mapping[str, ValueType] = dict.fromkeys([*names, *list_texts], "bytes")
    rules = dict.fromkeys(list_texts, TextRule(separator=_BETWEEN_TOKENS))
    is_text = isinstance(source, TextSource)
    batches: list[pa.RecordBatch] = []
    read_times: dict[str, list[pa.Array]] = {name: [] for name in times}
    read_lists: dict[str, list[pa.Array]] = {name: [] for name in lists}
    read_texts: dict[str, list[pa.Array]] = {name: [] for name in list_texts}
    written = {f"\0{name}": name for name in [*times, *lists]}
    rejects = Rejects(1 << 60)
    rows_in_parts = 0
    for part in parts if names or list_texts else []:
        left = limit
        for batch in read_range(source, chosen, part, kinds, rejects=rejects, written=written, text_rules=rules):
            rows_in_parts += batch.num_rows
            if left > 0:
                taken = batch.slice(0, left)
                batches.append(taken.select(names))
                for name, parts_read in read_times.items():
                    parts_read.append(instants(taken.column(f"\0{name}"))[0])
                for name in lists:
                    read_lists[name].append(taken.column(f"\0{name}"))
                for name, parts_read in read_texts.items():
                    parts_read.append(taken.column(name))
                left -= taken.num_rows
            elif part.end == TO_THE_END or not is_text:
                break  # of text the rows are counted to the end of the place, to estimate those of the file
    for name, arrays in read_texts.items():
        read_lists[name] = [lists_of_texts(pa.concat_arrays(arrays), _BETWEEN_TOKENS)] if arrays else []
    table = pa.Table.from_batches(batches, schema)
    read = sum(part.end - part.start for part in parts if part.end != TO_THE_END)
    complete = whole and len(chosen) == len(files) and table.num_rows == rows_in_parts
    by_bytes = is_text and all(part.end != TO_THE_END for part in parts)
    estimated = round(rows_in_parts * sum(file.bytes for file in files) / read) if by_bytes and read else None
    return Sample(
        columns=list(names),
        values={name: table.column(name) for name in names},
        rows=table.num_rows,
        complete=complete,
        rows_estimated=table.num_rows if complete else estimated,
        files_sampled=len(chosen),
        bad_rows=len(rejects.rows),
        times={name: pa.concat_arrays(arrays) for name, arrays in read_times.items() if arrays},
        number_lists={name: own for name, arrays in read_lists.items() if (own := column_numbers(arrays)) is not None},
        token_lists={name: own for name, arrays in read_lists.items() if (own := column_tokens(arrays)) is not None},
        bad_reasons=list(dict.fromkeys(row.reason for row in rejects.rows))[:_BAD_SHOWN],
    )
