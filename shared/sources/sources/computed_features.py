"""Features that are computed from the columns of a row: one evaluation for the dataset's job, for training and for monitoring.

The graph evaluates the same expressions in `modeling.layers.feature_values`. An expression reads a number as float32(float64(x)),
as the model sees it (subnormal ones are 0), a whole number of 64 bits as it is, and text as bytes. Null, NaN, an infinity and a
null token are null.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions import Program
from contracts.schema import Schema, ValueType
from sources.expressions.compile_arrow import ArrowProgram
from sources.matrices import float32_column
from sources.values.text_values import ARROW_TYPES, Spelling, typed

_SMALLEST = np.finfo(np.float32).smallest_normal


class ComputedFeatures:
    """The computed features of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._expressions = ArrowProgram(Program.of(schema.computed))
        self._types: dict[str, ValueType] = {name: schema.features[name].value_type for name in schema.computed}
        self._nulls = {name: schema.nulls_of(name) for name in schema.computed}
        self._read = {name: schema.column_nulls(name) for name in schema.columns}

    def add(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a batch of columns, as they are read, with the computed features appended. Nulls stay nulls."""
        if not self._types:
            return batch
        columns = {name: _read(batch.column(name), nulls) for name, nulls in self._read.items()}
        for name, values in self._expressions(columns).items():
            batch = batch.append_column(name, _feature(values, self._types[name], self._nulls[name]))
        return batch


def _read(column: pa.Array, nulls: list[str]) -> pa.Array:
    """Return a column as expressions see it."""
    if pa.types.is_floating(column.type):
        singles = float32_column(column)
        is_subnormal = np.abs(singles) < _SMALLEST
        values = np.where(is_subnormal, np.copysign(0, singles), singles).astype(np.float64)
        return pa.array(values, mask=np.isnan(values))
    return column if column.type == pa.int64() else typed(column, "bytes", Spelling(tuple(nulls)))[0]


def _feature(values: pa.Array, kind: ValueType, nulls: list[str]) -> pa.Array:
    """Return an expression's values as a feature has them: null where they are not finite, or a null token.

    Those that are subnormal as float32 are zeros of their sign: TensorFlow's threads compute with them as zeros.
    """
    if kind == "bytes":
        return typed(values.cast(pa.binary()), "bytes", Spelling(tuple(nulls)))[0]
    if pa.types.is_floating(values.type):
        doubles = values.fill_null(0).to_numpy()
        with np.errstate(over="ignore", under="ignore"):
            is_subnormal = np.abs(doubles.astype(np.float32)) < _SMALLEST
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
        if is_subnormal.any():
            values = pc.if_else(pa.array(is_subnormal), pc.multiply(values, 0.0), values)
    return values.cast(ARROW_TYPES[kind], safe=False)
