"""Rows of files that have columns, as what a version's packed call takes, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from contracts.errors import InvalidData, InvalidRequest, pointer
from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Schema, ValueType
from contracts.source import Source
from modeling.feature_kinds.raw_values import RawColumns, RawValues
from sources.files.resolve_sources import locate
from sources.matrices import value_types
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
        """Raise the errors of `locate` and `plan_whole_files`, and `InvalidRequest` for columns that the files do not have."""
        files = locate(source.uris, roots, hive_partitioning=source.hive_partitioning)
        self._plan: WholeFiles = plan_whole_files(source, files)
        self._request = request
        self._schema = schema
        self._columns = RawColumns.of(schema)
        self._features = features = value_types(schema)
        self._respelling = Respelling(schema.respelled)
        self._absent = [name for name in features if name not in self._plan.columns]
        if self._absent and request.absent_columns == "error":
            raise InvalidRequest(
                f"the files have no column for {', '.join(map(repr, self._absent[:10]))}; with absent_columns missing that is a "
                "missing value",
                pointer="/source",
            )
        for index, key in enumerate(request.keys):
            if key not in self._plan.columns:
                raise InvalidRequest(f"the files have no column {key!r}", pointer=pointer("keys", index))
        wanted = [*features, *(key for key in request.keys if key not in features)]
        self._types: dict[str, ValueType] = {
            name: features.get(name, "bytes") for name in wanted if name not in self._absent
        }

    def rows(self) -> Iterator[Rows]:
        """Yield every row, in order. Raises the errors of the formats' readers, which name file, line and value."""
        plan, schema = self._plan, self._schema
        own = {name: values for name, values in schema.null_values.items() if name in self._types}
        for index, part in enumerate(plan.ranges):
            for batch in read_range(
                plan.source, plan.files, part, self._types, null_values=own, text_rules=schema.text_rules
            ):
                for cut in range(0, batch.num_rows, self._request.batch_size):
                    yield self._packed(batch.slice(cut, self._request.batch_size), index / len(plan.ranges))

    def _packed(self, batch: pa.RecordBatch, done: float) -> Rows:
        filled, _ = self._respelling.apply(self._with_absent(batch))
        keys = {name: _as_key(name, batch.column(name)) for name in self._request.keys}
        return Rows(self._columns.from_batch(filled), keys, done)

    def _with_absent(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for name in self._absent:
            batch = batch.append_column(name, pa.nulls(batch.num_rows, ARROW_TYPES[self._features[name]]))
        return batch


def _as_key(name: str, column: pa.Array) -> pa.Array:
    """Return numbers unchanged, tokens as text. Raises `InvalidData` for bytes that are not UTF-8."""
    if not pa.types.is_binary(column.type) and not pa.types.is_large_binary(column.type):
        return column
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise InvalidData(f"the key {name!r} holds bytes that are not UTF-8: {error}", pointer="/keys") from error
