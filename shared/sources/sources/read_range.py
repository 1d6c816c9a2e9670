"""Reads any range of any source as typed record batches: the only entry point for raw values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pyarrow as pa

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnparsableValue, pointer
from contracts.features import TextRule, TimeFormat
from contracts.schema import ValueType
from contracts.source import ColumnarSource, DelimitedText, RangeSource, Source
from sources.columnar.choose_columnar_format import columnar_format
from sources.read_request import ReadRequest, check_readable, shown_text
from sources.rejects import Rejects
from sources.text.choose_line_format import line_format
from sources.text.delimited import read_delimited
from sources.text.text_streams import first_line
from sources.values.arrow_values import value_type
from sources.values.text_values import ARROW_TYPES, Spelling, read_tokens, typed, without_numbers

_NONE: Mapping[str, Sequence[str]] = {}
_NO_RULES: Mapping[str, TextRule] = {}
_AS_READ: Mapping[str, str] = {}
_NO_VECTORS: Mapping[str, Sequence[str]] = {}


def read_range(  # noqa: PLR0913 - options, each named where it is given
    source: Source,
    files: Sequence[SourceFile],
    part: SourceRange,
    columns: Mapping[str, ValueType],
    *,
    null_values: Mapping[str, Sequence[str]] = _NONE,
    text_rules: Mapping[str, TextRule] = _NO_RULES,
    rejects: Rejects | None = None,
    lenient: Collection[str] = (),
    written: Mapping[str, str] = _AS_READ,
    vectors: Mapping[str, Sequence[str]] = _NO_VECTORS,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one range, in the order of the file, in batches with exactly `columns` and `written`, in their order.

    int64 and float64 columns hold numbers, bytes columns binary; null is a missing value, and a float64 may be NaN or
    infinite. `null_values` are null tokens by column, in addition to those of the source.

    A row in which one of `columns` cannot be read is an error, unless `rejects` records it; past its limit that raises
    `TooManyBadRecords`. In the `lenient` columns of JSON lines, whose values have types of their own, such a value is missing,
    and so is one whose key occurs twice; where one of them has text among numbers, it comes as bytes in that batch.

    `written`: columns of the source by names that they get in addition, as the file has them: null tokens are those of the
    source alone, and no rule applies. From text they are binary (from JSON lines also numbers), else of the file's own type.

    `vectors`: columns of lists, by the names of their elements, which are read from the lists where the files have them, and
    else from columns of their own.

    Calls with equal columns yield equal rows. Raises the errors of the formats' readers.
    """
    readable = check_readable(source)
    file = files[part.file]
    own: dict[str, ValueType] = {name: kind for name, kind in columns.items() if name not in file.partition}
    from_path: dict[str, ValueType] = {name: kind for name, kind in columns.items() if name in file.partition}
    from_path |= {name: "bytes" for name, column in written.items() if column in file.partition}
    own_written = {name: column for name, column in written.items() if name not in from_path}
    # The number of rows is needed even if all requested columns come from the path.
    if not own and not own_written:
        any_column = _any_column(readable, file)
        own[any_column], lenient = "bytes", [any_column]
    spread = _spread(readable, file, {*own, *own_written.values()}, vectors) if vectors else _NO_VECTORS
    batches = _read(
        readable, ReadRequest(file, part, own, null_values, rejects, text_rules, lenient, own_written, spread)
    )
    tokens = {name: rule for name, rule in text_rules.items() if columns.get(name) == "bytes" and rule.changes_tokens}
    if not from_path and not null_values and not tokens:
        yield from batches
        return
    for batch in batches:
        values: dict[str, pa.Array] = {name: batch.column(name) for name in [*own, *own_written]}
        for name, kind in from_path.items():
            nulls = (*source.null_tokens, *null_values.get(name, ()))
            spelling = Spelling(nulls, time=text_rules[name].time if name in text_rules else None)
            value = _partition_value(file, written.get(name, name), kind, spelling)
            values[name] = _repeated(value, kind, batch.num_rows)
        for name, rule in tokens.items():
            if values[name].type == pa.binary():  # null tokens count as they are written, and as they are read
                present = _without(values[name], null_values.get(name, ()))
                values[name] = _without(read_tokens(present, rule), source.null_tokens)
        for name in null_values.keys() & columns.keys():
            values[name] = _without(values[name], null_values[name])
        names = [*columns, *written]
        yield pa.record_batch([values[name] for name in names], names=names)


def _without(values: pa.Array, tokens: Sequence[str]) -> pa.Array:
    """Return the column with its own null tokens replaced by null."""
    if values.type == pa.binary():
        return typed(values, "bytes", Spelling(tuple(tokens)))[0]
    return without_numbers(values, tokens)


def _read(source: RangeSource, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    if isinstance(source, ColumnarSource):
        return columnar_format(source).read(request)
    if isinstance(source, DelimitedText):
        return read_delimited(source, request)
    return line_format(source).read(request)


def positions_before(source: Source, file: SourceFile, start: int) -> int:
    """Return the number of lines, or of rows in a format without lines, before a range's start. May read the file up to there.

    Raises `InvalidRequest` for a source that only Spark reads.
    """
    readable = check_readable(source)
    if isinstance(readable, ColumnarSource):
        return columnar_format(readable).rows_before(file, start)
    return first_line(readable, file, start) - 1


def _spread(
    source: RangeSource, file: SourceFile, wanted: Collection[str], vectors: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """Return the vectors that the file has as lists, and of which an element is wanted."""
    columns: Collection[str]
    if isinstance(source, ColumnarSource):
        columns = columnar_format(source).schema(file).names
    else:
        columns = () if isinstance(source, DelimitedText) else source.columns or ()
    return {
        name: elements
        for name, elements in vectors.items()
        if name in columns and any(element in wanted for element in elements)
    }


def _any_column(source: RangeSource, file: SourceFile) -> str:
    if isinstance(source, ColumnarSource):
        schema = columnar_format(source).schema(file)
        flat = (name for name in schema.names if value_type(schema.field(name).type) is not None)
        return next(flat, schema.names[0])
    return (source.columns or [""])[0]


def _partition_value(file: SourceFile, name: str, kind: ValueType, spelling: Spelling) -> pa.Array:
    """Return the value in the file's path, as an array of one. Raises `UnparsableValue`."""
    text = file.partition[name]
    raw = pa.array([None if text is None else text.encode()], pa.binary())
    value, wrong = typed(raw, kind, spelling)
    if wrong:
        wanted = (spelling.time or TimeFormat()).expected if kind == "instant" else "a number"
        raise UnparsableValue(
            f"{file.uri}: column {name!r}, which its folders add, is {shown_text(text or '')}, not {wanted}",
            pointer=pointer("features", name),
        )
    return value


def _repeated(value: pa.Array, kind: ValueType, rows: int) -> pa.Array:
    return pa.repeat(value[0], rows) if value.null_count == 0 else pa.nulls(rows, ARROW_TYPES[kind])
