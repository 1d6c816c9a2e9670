"""Staged rows to final numbers: filled in, scaled, looked up; the numpy and numba side of `contracts.inputs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.inputs import NumericInput
from contracts.schema import Schema, indicator_name
from preprocessing.staged import StagedRows

Float32s = npt.NDArray[np.float32]
Int64s = npt.NDArray[np.int64]


def scale(values: Float32s, rule: NumericInput) -> Float32s:
    """Fill in and scale one column: float32 [rows] with NaN for missing, to float32 [rows] without."""
    filled = np.where(np.isnan(values), np.float32(rule.fill), values)
    with np.errstate(
        over="ignore"
    ):  # a value far outside what the training split holds may become infinite, as in the graph
        return ((filled.astype(np.float64) - rule.center) / rule.divisor).astype(np.float32)


def transform(
    rows: StagedRows, schema: Schema, rules: Sequence[NumericInput], ids: Mapping[str, Int64s]
) -> pa.RecordBatch:
    """The model inputs of each row: float32 columns by feature, 0/1 float32 indicators, int64 ids by feature.

    `ids`: by categorical feature, the id of each token by its number, and 0 at the end. A missing number becomes its fill
    value, scaled; a missing category the id 0. No output is null.
    """
    columns: dict[str, pa.Array] = {}
    for rule in rules:
        values = rows.numeric[rule.feature]
        columns[rule.feature] = pa.array(scale(values, rule))
        if rule.indicator:
            columns[indicator_name(rule.feature)] = pa.array(np.isnan(values).astype(np.float32))
    for name in schema.categorical:
        columns[name] = pa.array(ids[name][rows.numbers[name]])  # -1, for missing, is the last
    return pa.RecordBatch.from_pydict(columns)
