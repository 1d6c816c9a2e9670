"""Rows as clients send them to rows of features, outside the graph: for explanations, monitoring and the prediction log."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.schema import Schema
from modeling.feature_kinds.raw_values import RawColumns, RawRows, RawValues
from sources.arrays import Array
from sources.computed_features import ComputedFeatures
from sources.matrices import MISSING_INTEGER


class FeatureRows:
    """The features of a schema, of which some may be computed."""

    def __init__(self, schema: Schema) -> None:
        self._sent = RawColumns.of(schema)
        self._features = RawColumns.of_features(schema)
        self._computed = ComputedFeatures(schema) if schema.computed else None
        self._others = [name for name in schema.columns if name not in schema.features]

    def of(self, values: RawValues) -> RawRows:
        """Return the rows with a value for each feature; without computed features these are the values as they are."""
        if self._computed is None:
            return RawRows(self._features, values)
        batch = self._computed.add(_batch(self._sent, values))
        return RawRows(self._features, self._features.from_batch(batch))

    def other_columns(self, values: RawValues) -> dict[str, pa.Array]:
        """Return the columns that are no features by themselves, [rows] each, null where missing."""
        batch = _batch(self._sent, values) if self._others else None
        return {} if batch is None else {name: batch.column(name) for name in self._others}


def _batch(columns: RawColumns, values: RawValues) -> pa.RecordBatch:
    """Return a column per name, null where missing."""
    arrays = [_numbers(column) for column in values.numeric.T] + [_tokens(column) for column in values.tokens.T]
    if values.integers is not None:
        arrays += [pa.array(column, mask=column == MISSING_INTEGER) for column in values.integers.T]
    return pa.record_batch(arrays, names=columns.names)


def _numbers(column: Array) -> pa.Array:
    return pa.array(column.astype(np.float64), mask=np.isnan(column))


def _tokens(column: Array) -> pa.Array:
    encoded = [token.encode() if isinstance(token, str) else token for token in column.tolist()]
    return pa.array([token or None for token in encoded], pa.binary())
