"""Rows of files that have columns, as what a version's packed call takes, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from contracts.dataset.manifest import SourceRange
from contracts.errors import InvalidData, InvalidRequest, TooManyBadRecords, pointer
from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Schema, ValueType
from contracts.source import DelimitedText, Source
from modeling.batch_prediction.example_columns import with_model_columns
from modeling.batch_prediction.key_types import as_key, key_types, read_types, written_keys
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.feature_kinds.raw_values import RawColumns, RawValues
from sources.files.resolve_sources import locate
from sources.read_range import read_range
from sources.values.respelling import Respelling
from sources.values.text_values import ARROW_TYPES
from sources.whole_files import WholeFiles, plan_whole_files


@dataclass(frozen=True)
class Rows:
    """Some rows: their raw values, `keys` [rows] each, and the share of the source read before."""

    values: RawValues
    keys: dict[str, pa.Array]
    done: float


class Table:
    """The files of a request, opened for one pass."""

    def __init__(self, source: Source, request: BatchRequest, schema: Schema, roots: Sequence[str]) -> None:
        """Raise the errors of `locate`, `with_model_columns` and `plan_whole_files`, and `InvalidRequest` for absent columns."""
        files = locate(source.uris, roots, hive_partitioning=source.hive_partitioning)
        may_be_absent = request.absent_columns == "missing"
        source = with_model_columns(source, files, schema, may_be_absent=may_be_absent)
        self._plan: WholeFiles = plan_whole_files(source, files)
        self._request = request
        self._schema = schema
        self._columns = RawColumns.of(schema)
        self._features = features = schema.raw_types
        # The marks of numbers are the source's, as for numeric features.
        self._respelling = Respelling(
            schema.respelled, source.decimal_point if isinstance(source, DelimitedText) else "."
        )
        there = _columns_there(self._plan, schema.vectors)
        self._absent = [name for name in features if name not in there]
        if self._absent and not may_be_absent:
            raise InvalidRequest(
                f"the files have no column for {', '.join(map(repr, self._absent[:10]))}; with absent_columns missing that is a "
                "missing value",
                pointer="/source",
            )
        for index, key in enumerate(request.keys):
            if key not in self._plan.columns:
                raise InvalidRequest(f"the files have no column {key!r}", pointer=pointer("keys", index))
        self._key_types = key_types(self._plan, request.keys)
        self._nulls = _null_values(schema, source)
        self._written = written_keys(self._key_types, self._plan, schema, self._nulls)
        read_keys = [key for key in request.keys if key not in self._written.values()]
        wanted: dict[str, ValueType] = {**read_types(self._key_types, self._plan), **features}
        order = [*features, *(key for key in read_keys if key not in features)]
        self._types: dict[str, ValueType] = {name: wanted[name] for name in order if name not in self._absent}

    def rows(self, skipped: SkippedRows) -> Iterator[Rows]:
        """Yield every row that can be read, in order; the others are skipped as far as they may be.

        Raises the errors of the formats' readers, which name file, line and value, and `TooManyBadRecords`.
        """
        plan = self._plan
        for index, part in enumerate(plan.ranges):
            for batch in self._batches(part, skipped):
                for cut in range(0, batch.num_rows, self._request.batch_size):
                    yield self._packed(batch.slice(cut, self._request.batch_size), index / len(plan.ranges))

    def _batches(self, part: SourceRange, skipped: SkippedRows) -> Iterator[pa.RecordBatch]:
        plan, rejects = self._plan, skipped.rejects()
        own = {name: values for name, values in self._nulls.items() if name in self._types}
        try:
            yield from read_range(
                plan.source,
                plan.files,
                part,
                self._types,
                null_values=own,
                text_rules=self._schema.text_rules,
                rejects=rejects,
                written=self._written,
                vectors=self._schema.vectors,
            )
        except TooManyBadRecords:
            skipped.keep_of_range(plan, rejects)  # it names the first row of all ranges
            raise
        except InvalidData as error:
            if error.pointer is not None and error.pointer.startswith(pointer("features", "")):
                raise type(error)(error.message, pointer="/source") from error  # this request has no features
            raise
        skipped.keep_of_range(plan, rejects)

    def _packed(self, batch: pa.RecordBatch, done: float) -> Rows:
        filled, _ = self._respelling.apply(self._with_absent(batch))
        as_written = {name: column for column, name in self._written.items()}
        keys = {
            name: as_key(name, batch.column(as_written.get(name, name)), kind, is_written=name in as_written)
            for name, kind in self._key_types.items()
        }
        return Rows(self._columns.from_batch(filled), keys, done)

    def _with_absent(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for name in self._absent:
            batch = batch.append_column(name, pa.nulls(batch.num_rows, ARROW_TYPES[self._features[name]]))
        return batch


def _columns_there(plan: WholeFiles, vectors: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the columns of the files, with the elements of vectors that they have as lists.

    Raises `InvalidRequest` for a vector that is one column of delimited text, or that the files have in both ways.
    """
    columns = set(plan.columns)
    for name, elements in vectors.items():
        if name not in columns:
            continue
        both = next((element for element in elements if element in columns), None)
        if both is not None:
            raise InvalidRequest(
                f"the files have both {name!r} and {both!r}, an element of this vector", pointer="/source"
            )
        if isinstance(plan.source, DelimitedText):
            raise InvalidRequest(
                f"in delimited text a vector is a column for each element, {elements[0]!r} to {elements[-1]!r}. Received: one "
                f"column {name!r}",
                pointer="/source",
            )
        columns.update(elements)
    return columns


def _null_values(schema: Schema, source: Source) -> dict[str, list[str]]:
    """Return the null tokens of each feature that are not the source's: its own, and those of the source that trained it."""
    others = [token for token in schema.null_tokens if token not in source.null_tokens]
    nulls = {name: [*feature.null_values, *others] for name, feature in schema.features.items()}
    return {name: tokens for name, tokens in nulls.items() if tokens}
