"""Batches to the packed raw form that a model's graph takes: one matrix of numbers, one of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, assert_never, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.schema import ColumnType
from sources.arrays import Bools, Float32s, Float64s, Int64s

MISSING_INTEGER = -(1 << 63)
"""A missing whole number of 64 bits: the one that cannot be sent."""


def places_of(names: Iterable[str], columns: Iterable[str]) -> list[int]:
    """Return where each of the names stands among the columns. Raise `KeyError` for one that is no column.

    >>> places_of(["c", "a"], ["a", "b", "c"])
    [2, 0]
    """
    places = {name: place for place, name in enumerate(columns)}
    return [places[name] for name in names]


def float64_column(column: pa.Array) -> Float64s:
    """Return a numeric column as float64 [rows], NaN where null; a whole number beyond 2^53 is rounded."""
    return cast("Float64s", column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def float32_column(column: pa.Array) -> Float32s:
    """Return a numeric column as float32 [rows]: float32(float64(x)), NaN where null, NaN or not finite as float32."""
    doubles = float64_column(column)
    with np.errstate(over="ignore"):
        values = doubles.astype(np.float32)
    values[~np.isfinite(values)] = np.nan
    return values


def missing_values(column: pa.Array, column_type: ColumnType) -> Bools:
    """Return a mask of missing values: bool [rows]. Numbers: null, NaN, or not finite as float32; tokens: null."""
    match column_type:
        case "number":
            return np.isnan(float32_column(column))
        case "token":
            return np.asarray(column.is_null().to_numpy(zero_copy_only=False), np.bool_)
        case _:
            assert_never(column_type)


def numeric_matrix(batch: pa.RecordBatch, names: Sequence[str]) -> Float32s:
    """Return the named numeric columns as float32 [rows, len(names)], NaN where a value is missing."""
    matrix = np.empty((batch.num_rows, len(names)), np.float32)
    for i, name in enumerate(names):
        matrix[:, i] = float32_column(batch.column(name))
    return matrix


def integer_matrix(batch: pa.RecordBatch, names: Sequence[str]) -> Int64s:
    """Return the named columns of int64 as [rows, len(names)], `MISSING_INTEGER` where a value is missing."""
    matrix = np.empty((batch.num_rows, len(names)), np.int64)
    for i, name in enumerate(names):
        matrix[:, i] = cast("Any", batch.column(name)).fill_null(MISSING_INTEGER).to_numpy(zero_copy_only=False)
    return matrix


def token_matrix(batch: pa.RecordBatch, names: Sequence[str]) -> npt.NDArray[np.object_]:
    """Return the named bytes columns as Python bytes [rows, len(names)], b"" where a value is missing."""
    matrix = np.empty((batch.num_rows, len(names)), np.object_)
    for i, name in enumerate(names):
        filled = cast("Any", batch.column(name)).fill_null(b"")
        matrix[:, i] = filled.to_numpy(zero_copy_only=False)
    return matrix
