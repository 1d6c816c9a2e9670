"""The types that columns are read as, by the types of the file, or by a sample of the text.

A column whose sampled values are all whole numbers is int64, one of numbers float64, anything else bytes. JSON values have types
of their own, and files that carry types (Parquet, Arrow) are not sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset.manifest import SourceRange
from contracts.features import ValueType
from contracts.source import ColumnarSource, DelimitedText
from preprocessing.planning.ranges import Plan, beginnings
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.values.arrow_values import value_type
from sources.values.text_values import Spelling, is_typed

_SAMPLES = 16
_SAMPLE_ROWS = 4096
_FEW_ROWS = 256


def column_types(plan: Plan, names: Sequence[str]) -> dict[str, ValueType | None]:
    """Return the type that each named column is read as; None if it can be neither a number nor a category."""
    types: dict[str, ValueType | None] = {
        name: _partition_type(plan, name) for name in names if name in plan.files[0].partition
    }
    elements = {element for own in plan.elements.values() for element in own}
    types |= {name: "float64" for name in names if name in elements}
    own = [name for name in names if name not in types]
    if not own:
        return types
    if isinstance(plan.source, ColumnarSource):
        return types | _schema_types(plan.schemas, own)
    if isinstance(plan.source, DelimitedText):
        samples = sampled_text(plan, own)
        spelling = Spelling((), plan.source.decimal_point, plan.source.thousands_separator)
        for name in own:
            types[name] = _text_type(samples.column(name), spelling)
        return types
    types.update((name, plan.sampled_types[name]) for name in own)
    return types


def _schema_types(schemas: Sequence[pa.Schema], names: Sequence[str]) -> dict[str, ValueType | None]:
    return {name: value_type(_first_type([schema.field(name).type for schema in schemas])) for name in names}


def _partition_type(plan: Plan, name: str) -> ValueType:
    """Return the type of a partition column, by its values in all folders."""
    values = [file.partition[name] for file in plan.files]
    present = [None if value is None or value in plan.source.null_tokens else value.encode() for value in values]
    return _text_type(pa.chunked_array([pa.array(present, pa.binary())]), Spelling(()))


def _first_type(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """Return the column's first type that is not null; null if there is none."""
    return next((kind for kind in kinds if not pa.types.is_null(kind)), kinds[0])


def sampled_text(plan: Plan, names: Sequence[str]) -> pa.Table:
    """Return rows from the beginnings of up to sixteen ranges or files, as bytes; without unreadable rows."""
    schema = pa.schema([(name, pa.binary()) for name in names])
    batches: list[pa.RecordBatch] = []
    for part in _sampled_ranges(plan) if names else []:
        skipped = Rejects(allowed=_SAMPLE_ROWS)
        for batch in read_range(plan.source, plan.files, part, dict.fromkeys(names, "bytes"), rejects=skipped):
            batches.append(batch.slice(0, _SAMPLE_ROWS))
            break
    return pa.Table.from_batches(batches, schema)


def _sampled_ranges(plan: Plan) -> list[SourceRange]:
    """Return ranges of which the first batch is read, which are alike for any number of partitions."""
    if isinstance(plan.source, DelimitedText):
        return beginnings(plan, _SAMPLES)
    ranges = plan.samples or _whole_files(plan)
    return ranges[:: max(1, -(-len(ranges) // _SAMPLES))]


def _whole_files(plan: Plan) -> list[SourceRange]:
    """Return each file as one range."""
    first = {part.file: part for part in reversed(plan.ranges)}
    last = {part.file: part for part in plan.ranges}
    return [first[file].model_copy(update={"end": last[file].end}) for file in sorted(first)]


def _text_type(column: pa.ChunkedArray, spelling: Spelling) -> ValueType:
    values = cast("pa.Array", pc.drop_null(column).combine_chunks())
    if not len(values):
        return "float64"  # a column without values is imputed with 0, and needs no vocabulary
    if not is_typed(values[:_FEW_ROWS], "float64", spelling):
        return "bytes"  # most text is recognized by its first values
    if is_typed(values, "int64", spelling):
        return "int64"
    return "float64" if is_typed(values, "float64", spelling) else "bytes"
